using System.Buffers;
using System.Buffers.Binary;

namespace Harness.Core.Protocol;

/// <summary>Writes frames as the agent does, numbered and tagged: for runtimes without an agent and for tests.
/// It does not check their order.</summary>
public sealed class FrameWriter(ChannelKey key, IBufferWriter<byte> output)
{
    private uint _sequence;

    /// <summary>Writes one frame.</summary>
    /// <exception cref="ArgumentException">It is longer than a frame can be, or its index is none.</exception>
    public void Write(Frame frame)
    {
        var body = FrameCodec.Encode(_sequence, frame);
        WriteBody(body);
        _sequence++;
    }

    /// <summary>Writes the bye frame, with the right count.</summary>
    public void WriteBye() => Write(new ByeFrame(_sequence));

    /// <summary>Writes a body as it is, under a valid tag: what a reader must still refuse.</summary>
    internal void WriteBody(ReadOnlySpan<byte> body)
    {
        var span = output.GetSpan(FrameCodec.HeadSize + body.Length + FrameCodec.TagSize);
        FrameCodec.Magic.CopyTo(span);
        BinaryPrimitives.WriteInt32LittleEndian(span[4..], body.Length);
        body.CopyTo(span[FrameCodec.HeadSize..]);
        BinaryPrimitives.WriteUInt64LittleEndian(span[(FrameCodec.HeadSize + body.Length)..], SipHash.Hash(key, body));
        output.Advance(FrameCodec.HeadSize + body.Length + FrameCodec.TagSize);
    }
}
