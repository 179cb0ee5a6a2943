using System.Collections.Immutable;
using CsCheck;
using Harness.Core.Protocol;
using Xunit;

namespace Harness.Tests.Protocol;

public sealed class FrameFuzzTests
{
    [Fact]
    public void Any_frames_come_back_as_they_were_written() => Streams.Frames.Sample(frames =>
    {
        var (read, error) = Streams.Decode(Streams.Encode(frames));

        Assert.Null(error);
        Assert.Equal([.. frames, new ByeFrame((uint)frames.Length)], read);
    });

    [Fact]
    public void Any_chunking_gives_the_same_frames() =>
        Gen.Select(Streams.Frames, Gen.Int[1, 40].Array[1, 20]).Sample((frames, sizes) =>
        {
            var stream = Streams.Encode(frames);
            var reader = new FrameReader(Streams.Key);
            var read = ImmutableArray.CreateBuilder<Frame>();
            for (int at = 0, i = 0; at < stream.Length; i++)
            {
                var size = Math.Min(sizes[i % sizes.Length], stream.Length - at);
                read.AddRange(reader.Push(stream.AsSpan(at, size)));
                at += size;
            }

            Assert.Null(reader.Complete());
            Assert.Equal([.. frames, new ByeFrame((uint)frames.Length)], read);
        });

    [Fact]
    public void Any_changed_byte_leaves_a_prefix_and_an_error() =>
        AssertAnyDamageIsSeen((stream, at, value) =>
        {
            byte[] damaged = [.. stream];
            damaged[at] ^= (byte)(value | 1);
            return damaged;
        });

    [Fact]
    public void Any_inserted_byte_leaves_a_prefix_and_an_error() =>
        AssertAnyDamageIsSeen((stream, at, value) => [.. stream[..at], value, .. stream[at..]]);

    [Fact]
    public void Any_deleted_byte_leaves_a_prefix_and_an_error() =>
        AssertAnyDamageIsSeen((stream, at, _) => [.. stream[..at], .. stream[(at + 1)..]]);

    [Fact]
    public void Any_truncation_leaves_a_prefix_and_an_error() =>
        AssertAnyDamageIsSeen((stream, at, _) => stream[..at]);

    [Fact]
    public void Any_doubled_stretch_leaves_a_prefix_and_an_error() =>
        AssertAnyDamageIsSeen((stream, at, _) => [.. stream, .. stream[at..]]);

    [Fact]
    public void Any_garbage_is_an_error_without_frames() => Gen.Byte.Array[0, 5000].Sample(garbage =>
    {
        var (read, error) = Streams.Decode(garbage);

        Assert.NotNull(error);
        Assert.Empty(read);
    });

    [Fact]
    public void Any_body_under_a_valid_tag_is_read_or_refused_without_an_exception() =>
        Gen.Select(Gen.Byte[0, 9], Gen.Byte.Array[0, 60]).Sample((kind, rest) =>
        {
            byte[] body = [0, 0, 0, 0, kind, 0, .. rest, 0, 0];
            var (read, error) = Streams.Decode(Streams.Write(writer => writer.WriteBody(body)));

            Assert.NotNull(error);
            Assert.True(read is [] or [HelloFrame]);
        });

    private static void AssertAnyDamageIsSeen(Func<byte[], int, byte, byte[]> damage) =>
        Gen.Select(Streams.Frames, Gen.Double.Unit, Gen.Byte).Sample((frames, place, value) =>
        {
            var stream = Streams.Encode(frames);
            var at = (int)(place * stream.Length);
            ImmutableArray<Frame> written = [.. frames, new ByeFrame((uint)frames.Length)];
            var (read, error) = Streams.Decode(damage(stream, at, value));

            Assert.NotNull(error);
            Assert.True(read.Length <= written.Length);
            Assert.Equal(written.Take(read.Length), read);
        });
}
