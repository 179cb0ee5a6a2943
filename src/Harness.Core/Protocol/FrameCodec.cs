using System.Buffers.Binary;
using System.Text;

namespace Harness.Core.Protocol;

/// <summary>Frames to bodies and back: kind, probe and payload, without sequence, tag and order.</summary>
internal static class FrameCodec
{
    /// <summary>Bytes before the body: magic and length.</summary>
    internal const int HeadSize = 8;

    /// <summary>Bytes of the body before the payload: sequence, kind, 0, probe.</summary>
    internal const int BodyHeadSize = 8;

    /// <summary>Bytes after the body.</summary>
    internal const int TagSize = 8;

    private const ushort NoProbe = 0xFFFF;

    /// <summary>The first four bytes of every frame.</summary>
    internal static ReadOnlySpan<byte> Magic => "HFR1"u8;

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>The body of a frame.</summary>
    /// <exception cref="ArgumentException">The frame does not fit, or has no valid index.</exception>
    internal static byte[] Encode(uint sequence, Frame frame)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Strict);
        writer.Write(sequence);
        writer.Write(KindOf(frame));
        writer.Write((byte)0);
        writer.Write(frame is ProbeFrame probe ? Checked(probe.Probe) : NoProbe);
        WritePayload(writer, frame);
        return stream.Length <= Frame.MaxBody
            ? stream.ToArray()
            : throw new ArgumentException($"A frame's body has at most {Frame.MaxBody} bytes.", nameof(frame));
    }

    /// <summary>The frame that a body holds, or a sentence on why it holds none.</summary>
    internal static (Frame? Frame, string? Reason) Decode(ReadOnlySpan<byte> body)
    {
        var kind = body[4];
        var probe = BinaryPrimitives.ReadUInt16LittleEndian(body[6..]);
        if (body[5] != 0)
        {
            return (null, "A reserved byte of the frame is not zero.");
        }

        if (kind is < 1 or > 7)
        {
            return (null, $"The frame is of the unknown kind {kind}.");
        }

        if ((kind is 1 or 7) != (probe == NoProbe))
        {
            return (null, $"A frame of kind {kind} cannot carry the probe index {probe}.");
        }

        var reader = new PayloadReader(body[BodyHeadSize..]);
        var frame = ReadPayload(ref reader, kind, probe);
        return reader.IsExact
            ? (frame, null)
            : (null, $"The payload of a frame of kind {kind} is cut off, too long or holds a value that does not exist.");
    }

    private static byte KindOf(Frame frame) => frame switch
    {
        HelloFrame => 1,
        ProbeStartedFrame => 2,
        NumberFrame => 3,
        TextFrame => 4,
        OutputFrame => 5,
        ProbeEndedFrame => 6,
        ByeFrame => 7,
        _ => throw new ArgumentException("Unknown kind of frame.", nameof(frame)),
    };

    private static ushort Checked(ushort probe) => probe <= Frame.MaxProbe
        ? probe
        : throw new ArgumentException($"A probe's index is at most {Frame.MaxProbe}.", nameof(probe));

    private static void WritePayload(BinaryWriter writer, Frame frame)
    {
        switch (frame)
        {
            case HelloFrame hello:
                writer.Write(hello.Protocol);
                writer.Write(hello.FirstMonotonicNs);
                writer.Write(hello.FirstBoottimeNs);
                writer.Write(hello.ProcessId);
                WriteName(writer, hello.Architecture);
                WriteName(writer, hello.AgentVersion);
                break;
            case ProbeStartedFrame started:
                writer.Write(started.MonotonicNs);
                break;
            case NumberFrame number:
                WriteName(writer, number.Metric);
                WriteName(writer, number.Subject);
                writer.Write(number.Value);
                break;
            case TextFrame text:
                WriteName(writer, text.Metric);
                WriteName(writer, text.Subject);
                writer.Write(text.Text.Span);
                break;
            case OutputFrame output:
                writer.Write(output.Channel);
                writer.Write(output.Bytes.Span);
                break;
            case ProbeEndedFrame ended:
                writer.Write((byte)ended.Kind);
                writer.Write(ended.Code);
                writer.Write(ended.StartedNs);
                writer.Write(ended.EndedNs);
                WriteName(writer, ended.Detail);
                break;
            case ByeFrame bye:
                writer.Write(bye.FramesBefore);
                break;
        }
    }

    private static void WriteName(BinaryWriter writer, string text)
    {
        var bytes = Strict.GetBytes(text);
        writer.Write(bytes.Length <= ushort.MaxValue
            ? (ushort)bytes.Length
            : throw new ArgumentException("A name has at most 65,535 bytes.", nameof(text)));
        writer.Write(bytes);
    }

    // Arguments are evaluated from left to right: the order of the payload.
    private static Frame ReadPayload(ref PayloadReader reader, byte kind, ushort probe) => kind switch
    {
        1 => new HelloFrame(reader.UInt32(), reader.Int64(), reader.Int64(), reader.UInt32(), reader.Name(), reader.Name()),
        2 => new ProbeStartedFrame(probe, reader.Int64()),
        3 => new NumberFrame(probe, reader.Name(), reader.Name(), reader.Int64()),
        4 => new TextFrame(probe, reader.Name(), reader.Name(), new(reader.Rest())),
        5 => new OutputFrame(probe, reader.Byte(1, 2), new(reader.Rest())),
        6 => new ProbeEndedFrame(
            probe, (EndKind)reader.Byte(0, 5), (int)reader.UInt32(), reader.Int64(), reader.Int64(), reader.Name()),
        _ => new ByeFrame(reader.UInt32()),
    };
}
