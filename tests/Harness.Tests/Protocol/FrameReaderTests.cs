using System.Buffers.Binary;
using System.Text;
using Harness.Core.Protocol;
using Xunit;

namespace Harness.Tests.Protocol;

public sealed class FrameReaderTests
{
    private static readonly ProbeStartedFrame Started = new(7, 20);
    private static readonly NumberFrame Number = new(7, "metric", "subject", -5);
    private static readonly ProbeEndedFrame Ended = new(7, EndKind.Exited, 3, 21, 22, "");

    [Fact]
    public void A_stream_that_ends_with_a_bye_is_read_whole()
    {
        var (frames, error) = Streams.Decode(Streams.Encode(Streams.Hello, Started, Number, Ended));

        Assert.Null(error);
        Assert.Equal([Streams.Hello, Started, Number, Ended, new ByeFrame(4)], frames);
    }

    [Fact]
    public void The_bytes_are_those_of_the_contract()
    {
        var stream = Streams.Write(writer => writer.Write(Number));
        byte[] body =
        [
            0, 0, 0, 0, 3, 0, 7, 0,
            6, 0, .. "metric"u8, 7, 0, .. "subject"u8,
            0xFB, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        ];
        var tag = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(tag, SipHash.Hash(Streams.Key, body));

        Assert.Equal([.. "HFR1"u8, (byte)body.Length, 0, 0, 0, .. body, .. tag], stream);
    }

    [Fact]
    public void A_frame_whose_tag_is_wrong_breaks_the_stream()
    {
        var stream = Streams.Encode(Streams.Hello);
        var helloSize = Streams.Write(writer => writer.Write(Streams.Hello)).Length;
        stream[helloSize - 1] ^= 1;

        AssertBroken(stream, 0, "tag");
    }

    [Fact]
    public void A_frame_under_another_key_breaks_the_stream()
    {
        var reader = new FrameReader(ChannelKey.Create());

        Assert.Empty(reader.Push(Streams.Encode(Streams.Hello)));
        Assert.Contains("tag", reader.Error!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_between_frames_breaks_the_stream_where_it_stands()
    {
        var hello = Streams.Write(writer => writer.Write(Streams.Hello));
        var (frames, error) = Streams.Decode([.. hello, .. "a program's own words"u8]);

        Assert.Equal([Streams.Hello], frames);
        Assert.Equal(hello.Length, error!.Offset);
        Assert.Contains("HFR1", error.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(7u)]
    [InlineData(65_537u)]
    [InlineData(0x80000000u)]
    [InlineData(0xFFFFFFFFu)]
    public void A_length_out_of_range_breaks_the_stream(uint length)
    {
        var stream = Streams.Encode(Streams.Hello);
        BinaryPrimitives.WriteUInt32LittleEndian(stream.AsSpan(4), length);

        AssertBroken(stream, 0, "length");
    }

    [Fact]
    public void A_repeated_frame_breaks_the_stream()
    {
        var hello = Streams.Write(writer => writer.Write(Streams.Hello));

        AssertBroken([.. hello, .. hello], 1, "Frame 0 came where frame 1 was due");
    }

    [Fact]
    public void A_missing_frame_breaks_the_stream()
    {
        var all = Streams.Encode(Streams.Hello, Started, Ended);
        var one = Streams.Write(writer => writer.Write(Streams.Hello)).Length;
        var two = Streams.Write(writer =>
        {
            writer.Write(Streams.Hello);
            writer.Write(Started);
        }).Length;

        AssertBroken([.. all[..one], .. all[two..]], 1, "Frame 2 came where frame 1 was due");
    }

    [Fact]
    public void Data_after_the_bye_breaks_the_stream() =>
        AssertBroken([.. Streams.Encode(Streams.Hello), 0], 2, "follows the bye");

    [Fact]
    public void A_stream_that_ends_in_the_middle_of_a_frame_is_broken() =>
        AssertBroken(Streams.Encode(Streams.Hello)[..^1], 1, "in the middle");

    [Fact]
    public void A_stream_without_a_bye_is_broken()
    {
        AssertBroken([], 0, "without a bye");
        AssertBroken(Streams.Write(writer => writer.Write(Streams.Hello)), 1, "without a bye");
    }

    [Fact]
    public void A_bye_that_counts_wrongly_breaks_the_stream() => AssertBroken(Streams.Write(writer =>
    {
        writer.Write(Streams.Hello);
        writer.Write(new ByeFrame(2));
    }), 1, "counts 2 frames where 1 came");

    [Fact]
    public void A_bye_before_the_end_of_a_probe_breaks_the_stream() =>
        AssertBroken(Streams.Encode(Streams.Hello, Started), 2, "before the running probe had ended");

    [Fact]
    public void A_reading_of_a_probe_that_is_not_running_breaks_the_stream()
    {
        AssertBroken(Streams.Encode(Streams.Hello, Number), 1, "not running");
        AssertBroken(Streams.Encode(Streams.Hello, Started, Number with { Probe = 8 }), 2, "not running");
        AssertBroken(Streams.Encode(Streams.Hello, Started, Ended, Number), 3, "not running");
    }

    [Fact]
    public void A_stream_that_does_not_start_with_a_hello_is_broken()
    {
        AssertBroken(Streams.Encode(Started), 0, "not a hello");
        AssertBroken(Streams.Encode(Streams.Hello, Streams.Hello), 1, "second hello");
        AssertBroken(Streams.Encode(Streams.Hello with { Protocol = 2 }), 0, "version 2");
    }

    [Theory]
    [InlineData("00000000" + "08" + "00" + "FFFF", "unknown kind 8")]
    [InlineData("00000000" + "00" + "00" + "FFFF", "unknown kind 0")]
    [InlineData("00000000" + "02" + "01" + "0000" + "0000000000000000", "reserved byte")]
    [InlineData("00000000" + "02" + "00" + "FFFF" + "0000000000000000", "probe index")]
    [InlineData("00000000" + "07" + "00" + "0000" + "00000000", "probe index")]
    [InlineData("00000000" + "02" + "00" + "0000" + "00000000000000", "cut off")]
    [InlineData("00000000" + "02" + "00" + "0000" + "000000000000000000", "too long")]
    [InlineData("00000000" + "03" + "00" + "0000" + "0500" + "61", "cut off")]
    [InlineData("00000000" + "04" + "00" + "0000" + "0100" + "FF" + "0000", "does not exist")]
    [InlineData("00000000" + "05" + "00" + "0000", "cut off")]
    [InlineData("00000000" + "05" + "00" + "0000" + "03", "does not exist")]
    [InlineData("00000000" + "06" + "00" + "0000" + "06" + "00000000" + "0000000000000000" + "0000000000000000" + "0000", "does not exist")]
    public void A_body_that_is_not_of_the_contract_breaks_the_stream_even_under_a_valid_tag(string body, string reason) =>
        AssertBroken(Streams.Write(writer => writer.WriteBody(Convert.FromHexString(body))), 0, reason);

    [Fact]
    public void Nothing_is_accepted_after_an_error()
    {
        var reader = new FrameReader(Streams.Key);
        reader.Push("nonsense"u8);
        var error = reader.Error;

        Assert.NotNull(error);
        Assert.Empty(reader.Push(Streams.Encode(Streams.Hello)));
        Assert.Same(error, reader.Complete());
    }

    [Fact]
    public void The_longest_frame_can_be_written_and_read_and_no_longer_one()
    {
        var longest = new OutputFrame(7, 1, new(new byte[Frame.MaxBody - 9]));
        var (frames, error) = Streams.Decode(Streams.Encode(Streams.Hello, Started, longest, Ended));

        Assert.Null(error);
        Assert.Equal(longest, frames[2]);
        Assert.Throws<ArgumentException>(() => Streams.Encode(longest with { Bytes = new(new byte[Frame.MaxBody - 8]) }));
        Assert.Throws<ArgumentException>(() => Streams.Encode(longest with { Probe = 0xFFFF }));
    }

    [Fact]
    public void What_a_sandbox_says_need_not_be_UTF_8()
    {
        var text = new TextFrame(7, "metric", "", new([0xFF, 0, 0x61]));
        var (frames, error) = Streams.Decode(Streams.Encode(Streams.Hello, Started, text, Ended));

        Assert.Null(error);
        Assert.Equal([0xFF, 0, 0x61], Assert.IsType<TextFrame>(frames[2]).Text.Span.ToArray());
        Assert.Equal("\uFFFD\0a", text.Text.ToString());
        Assert.Equal(RawBytes.FromText("é"), new RawBytes(Encoding.UTF8.GetBytes("é")));
    }

    private static void AssertBroken(byte[] stream, int framesBefore, string reason)
    {
        var (frames, error) = Streams.Decode(stream);

        Assert.NotNull(error);
        Assert.Contains(reason, error.Reason, StringComparison.Ordinal);
        Assert.Equal(framesBefore, frames.Length);
    }
}
