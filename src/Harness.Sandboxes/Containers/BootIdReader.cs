using Harness.Core.Protocol;
using Harness.Core.Running;

namespace Harness.Sandboxes.Containers;

/// <summary>Takes from an agent's channel which boot its kernel is of.</summary>
internal sealed class BootIdReader(ChannelKey key) : IChannelSink
{
    private readonly FrameReader _reader = new(key);

    /// <summary>What the agent's builtin <c>start</c> read; null as long as it has not told.</summary>
    internal string? BootId { get; private set; }

    /// <inheritdoc/>
    public bool Write(ReadOnlySpan<byte> bytes)
    {
        foreach (var frame in _reader.Push(bytes))
        {
            if (frame is TextFrame { Metric: "boot_id" } text)
                BootId = text.Text.ToString();
        }

        return _reader.Error is null;
    }
}
