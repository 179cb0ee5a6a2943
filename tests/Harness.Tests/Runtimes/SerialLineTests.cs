using Harness.Core.Running;
using Harness.Host.Processes;
using Harness.Sandboxes.Machines;

namespace Harness.Tests.Runtimes;

public sealed class SerialLineTests
{
    // Magic, a body of nine bytes, tag.
    private static readonly byte[] _frame = [.. "HFR1"u8, 9, 0, 0, 0, .. new byte[9], .. new byte[8]];

    [Fact]
    public void The_first_frame_has_arrived_when_it_is_whole_and_what_it_took_is_the_line_s_cost()
    {
        var (stamps, sink) = (new Stamps(), new Sink());
        var line = new SerialLine(sink, stamps);
        foreach (var value in _frame[..^1])
            Assert.True(line.Write([value]));
        Assert.Empty(stamps.Readings);
        Assert.Empty(line.Readings);
        // What follows comes along in the same piece.
        line.Write([_frame[^1], .. _frame]);
        line.Write(_frame);

        if (OperatingSystem.IsLinux())
            Assert.Equal(Stamps.Arrived, Assert.Single(stamps.Readings).Subject);
        var cost = Assert.Single(line.Readings);
        Assert.Equal("channel_ns", cost.Metric);
        Assert.True(cost.Value > 0);
        Assert.Equal(3 * _frame.Length, sink.Count);
    }

    [Fact]
    public void A_frame_that_came_in_one_piece_says_nothing_of_the_line()
    {
        var stamps = new Stamps();
        var line = new SerialLine(new Sink(), stamps);
        line.Write([.. _frame, .. _frame]);

        Assert.Equal(OperatingSystem.IsLinux() ? 1 : 0, stamps.Readings.Length);
        Assert.Empty(line.Readings);
    }

    [Theory]
    [InlineData("image=bzimage;shape=q35", true, false, "q35")]
    [InlineData("cache=cold", false, true, null)]
    public void Images_caches_and_shapes_are_settings_of_machines(string text, bool packed, bool cold, string? shape)
    {
        var variant = MachineVariant.Parse(text, out _)!;
        Assert.Equal((packed, cold, shape), (variant.IsPacked, variant.IsCold, variant.Shape));
    }

    private sealed class Sink : IChannelSink
    {
        public int Count { get; private set; }

        public bool Write(ReadOnlySpan<byte> bytes)
        {
            Count += bytes.Length;
            return true;
        }
    }
}
