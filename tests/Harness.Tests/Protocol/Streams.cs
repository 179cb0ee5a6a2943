using System.Buffers;
using System.Collections.Immutable;
using CsCheck;
using Harness.Core.Protocol;

namespace Harness.Tests.Protocol;

/// <summary>Valid streams to start from.</summary>
internal static class Streams
{
    internal static readonly ChannelKey Key = new(0x0706050403020100, 0x0f0e0d0c0b0a0908);

    internal static readonly HelloFrame Hello = new(1, 11, 12, 13, "x86_64", "1");

    private static readonly Gen<string> Names = Gen.String[0, 12];

    private static readonly Gen<RawBytes> Bytes = Gen.Byte.Array[0, 200].Select(bytes => new RawBytes(bytes));

    /// <summary>A whole stream of a few probes, without its bye.</summary>
    internal static readonly Gen<ImmutableArray<Frame>> Frames =
        Gen.Select(
            Gen.Select(Gen.Long, Gen.Long, Gen.UInt, Names, Names),
            Gen.UShort[0, Frame.MaxProbe].SelectMany(Probe).Array[0, 4],
            (hello, probes) => probes.Aggregate(
                ImmutableArray.Create<Frame>(new HelloFrame(1, hello.Item1, hello.Item2, hello.Item3, hello.Item4, hello.Item5)),
                (frames, probe) => frames.AddRange(probe)));

    /// <summary>The bytes of the frames, and of a bye after them.</summary>
    internal static byte[] Encode(params IEnumerable<Frame> frames) => Write(writer =>
    {
        foreach (var frame in frames)
        {
            writer.Write(frame);
        }

        writer.WriteBye();
    });

    /// <summary>What a writer writes.</summary>
    internal static byte[] Write(Action<FrameWriter> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(new FrameWriter(Key, output));
        return output.WrittenSpan.ToArray();
    }

    /// <summary>What a reader makes of a whole stream.</summary>
    internal static (ImmutableArray<Frame> Frames, ProtocolError? Error) Decode(ReadOnlySpan<byte> stream)
    {
        var reader = new FrameReader(Key);
        var frames = reader.Push(stream);
        return (frames, reader.Complete());
    }

    private static Gen<ImmutableArray<Frame>> Probe(ushort index) =>
        Gen.Select(Gen.Long, Readings(index).Array[0, 6], Ended(index), (started, readings, ended) =>
            ImmutableArray.Create<Frame>([new ProbeStartedFrame(index, started), .. readings, ended]));

    private static Gen<Frame> Readings(ushort index) => Gen.OneOf<Frame>(
        Gen.Select(Names, Names, Gen.Long, (metric, subject, value) => (Frame)new NumberFrame(index, metric, subject, value)),
        Gen.Select(Names, Names, Bytes, (metric, subject, text) => (Frame)new TextFrame(index, metric, subject, text)),
        Gen.Select(Gen.Byte[1, 2], Bytes, (channel, bytes) => (Frame)new OutputFrame(index, channel, bytes)));

    private static Gen<Frame> Ended(ushort index) =>
        Gen.Select(Gen.Int[0, 5], Gen.Int, Gen.Long, Gen.Long, Names, (kind, code, started, ended, detail) =>
            (Frame)new ProbeEndedFrame(index, (EndKind)kind, code, started, ended, detail));
}
