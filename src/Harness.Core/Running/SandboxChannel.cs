using System.Buffers;
using Harness.Core.Protocol;

namespace Harness.Core.Running;

/// <summary>Reads one sandbox's channel: keeps its bytes and hands the exact frames on.</summary>
public sealed class SandboxChannel(ChannelKey key, TrialAssembler assembler) : IChannelSink
{
    private readonly FrameReader _reader = new(key);
    private readonly ArrayBufferWriter<byte> _raw = new();
    // Whoever waits for the first frame must not run inside the pump that brings the next one.
    private readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>All that came.</summary>
    public ReadOnlySpan<byte> Raw => _raw.WrittenSpan;

    /// <summary>Completes when the first frame is there: the sandbox's first instruction was run, and its word has reached the harness.</summary>
    public Task Arrived => _arrived.Task;

    /// <inheritdoc/>
    public bool Write(ReadOnlySpan<byte> bytes)
    {
        if (_reader.Error is not null)
        {
            return false;
        }

        _raw.Write(bytes);
        foreach (var frame in _reader.Push(bytes))
        {
            _arrived.TrySetResult();
            assembler.Take(frame);
        }

        return _reader.Error is null;
    }

    /// <summary>Nothing more will come. Null: the stream was whole.</summary>
    public ProtocolError? Complete() => _reader.Complete();
}
