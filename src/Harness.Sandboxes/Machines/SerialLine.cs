using System.Buffers.Binary;
using System.Diagnostics;
using Harness.Core.Model;
using Harness.Core.Running;
using Harness.Host.Processes;

namespace Harness.Sandboxes.Machines;

/// <summary>
/// A channel that marks when the agent's first frame has come whole, and measures what the line costs. A serial line carries one
/// byte at a time, each an exit of the guest and a write of QEMU's: how long the frame takes from its first byte to its last is
/// what a report pays for coming over a device. Not in it are the one interrupt before the first byte and the pipe from QEMU to the
/// harness.
/// </summary>
internal sealed class SerialLine(IChannelSink channel, Stamps stamps) : IChannelSink
{
    // Magic and length before the body, the tag after it (docs/agent-protocol.md).
    private const int Head = 8;
    private const int Tag = 8;

    private readonly byte[] _head = new byte[Head];
    private long _count;
    private long _firstBytes;
    private long _began;
    private long? _ns;
    private bool _isWhole;

    /// <summary>
    /// <c>channel_ns</c>, scaled to all bytes of the frame since the first ones mark the beginning; none where no frame came, or
    /// all of it in one piece, which says nothing of the line.
    /// </summary>
    internal ImmutableArray<Observation> Readings => _ns is { } ns ? [Observation.Number("channel_ns", "", ns)] : [];

    /// <inheritdoc/>
    public bool Write(ReadOnlySpan<byte> bytes)
    {
        if (!_isWhole)
            Follow(bytes);
        return channel.Write(bytes);
    }

    private void Follow(ReadOnlySpan<byte> bytes)
    {
        var now = Stopwatch.GetTimestamp();
        if (_count == 0)
            (_began, _firstBytes) = (now, bytes.Length);
        if (_count < Head)
            bytes[..(int)Math.Min(bytes.Length, Head - _count)].CopyTo(_head.AsSpan((int)_count));
        _count += bytes.Length;
        if (_count < Head || _count < Head + Tag + (long)BinaryPrimitives.ReadUInt32LittleEndian(_head.AsSpan(4)))
            return;
        _isWhole = true;
        stamps.Mark(Stamps.Arrived);
        var frame = Head + Tag + (long)BinaryPrimitives.ReadUInt32LittleEndian(_head.AsSpan(4));
        if (_firstBytes < frame)
            _ns = (long)(Stopwatch.GetElapsedTime(_began, now).TotalNanoseconds * frame / (_count - _firstBytes));
    }
}
