using System.Buffers.Binary;
using System.Collections.Immutable;

namespace Harness.Core.Protocol;

/// <summary>Why a stream is no valid stream of frames.</summary>
/// <param name="Reason">One sentence.</param>
/// <param name="Offset">Bytes of the stream before the frame at which it broke.</param>
public sealed record ProtocolError(string Reason, long Offset)
{
    /// <summary>Whether it only ends too early, between two frames or within one, as when its sandbox dies; else something came that the agent never writes.</summary>
    public bool IsCutOff { get; init; }
}

/// <summary>
/// Reads the agent's channel as it arrives, in pieces of any size. A frame is taken whole and exact or not at all:
/// after the first <see cref="Error"/> nothing is accepted. Holds at most one frame.
/// </summary>
public sealed class FrameReader(ChannelKey key)
{
    private readonly byte[] _buffer = new byte[FrameCodec.HeadSize + Frame.MaxBody + FrameCodec.TagSize];
    private readonly FrameOrder _order = new();
    private int _held;
    private long _offset;

    /// <summary>Where and why the stream broke; null as long as it has not.</summary>
    public ProtocolError? Error { get; private set; }

    /// <summary>Whether the bye frame was read.</summary>
    public bool HasEnded => _order.HasEnded;

    /// <summary>Takes the next bytes. Returns the frames that they complete, in order; see <see cref="Error"/>.</summary>
    public ImmutableArray<Frame> Push(ReadOnlySpan<byte> bytes)
    {
        var frames = ImmutableArray.CreateBuilder<Frame>();
        while (!bytes.IsEmpty && Error is null)
        {
            if (HasEnded)
            {
                Break("Data follows the bye frame.");
                break;
            }

            var count = Math.Min(Needed - _held, bytes.Length);
            bytes[..count].CopyTo(_buffer.AsSpan(_held));
            bytes = bytes[count..];
            _held += count;
            if (_held == FrameCodec.HeadSize)
            {
                CheckHead();
            }
            else if (_held == Needed && TakeFrame() is { } frame)
            {
                frames.Add(frame);
            }
        }

        return frames.ToImmutable();
    }

    /// <summary>Says that nothing more will come. Returns <see cref="Error"/>: null after a bye frame only.</summary>
    public ProtocolError? Complete()
    {
        if (Error is null && !HasEnded)
        {
            Break(_held > 0 ? "The stream ended in the middle of a frame." : "The stream ended without a bye frame.", isCutOff: true);
        }

        return Error;
    }

    private int Needed => _held < FrameCodec.HeadSize ? FrameCodec.HeadSize : FrameCodec.HeadSize + BodySize + FrameCodec.TagSize;

    private int BodySize => BinaryPrimitives.ReadInt32LittleEndian(_buffer.AsSpan(4));

    private void CheckHead()
    {
        if (!_buffer.AsSpan().StartsWith(FrameCodec.Magic))
        {
            Break("What follows is not a frame: it does not start with HFR1.");
        }
        else if (BodySize is < FrameCodec.BodyHeadSize or > Frame.MaxBody)
        {
            Break($"The length of a frame's body is {(uint)BodySize}, not 8 to 65,536.");
        }
    }

    private Frame? TakeFrame()
    {
        var body = _buffer.AsSpan(FrameCodec.HeadSize, BodySize);
        var tag = BinaryPrimitives.ReadUInt64LittleEndian(_buffer.AsSpan(FrameCodec.HeadSize + BodySize));
        if (SipHash.Hash(key, body) != tag)
        {
            Break("The tag of a frame does not match its body.");
            return null;
        }

        var sequence = BinaryPrimitives.ReadUInt32LittleEndian(body);
        var (frame, reason) = FrameCodec.Decode(body);
        reason ??= _order.Accept(sequence, frame!);
        if (reason is not null)
        {
            Break(reason);
            return null;
        }

        _offset += _held;
        _held = 0;
        return frame;
    }

    private void Break(string reason, bool isCutOff = false) => Error = new(reason, _offset) { IsCutOff = isCutOff };
}
