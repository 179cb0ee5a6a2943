using Harness.Sandboxes.Tracing;

namespace Harness.Tests.Runtimes;

/// <summary>Protocol Buffers as containerd's events have them. Bytes by the format's own description, protobuf.dev/programming-guides/encoding.</summary>
public sealed class ProtoFieldTests
{
    // 1: {1: 150, 2: 7}, 3: "testing", 4: 3.
    private static readonly byte[] _message = [0x0A, 0x05, 0x08, 0x96, 0x01, 0x10, 0x07, 0x1A, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6E, 0x67, 0x20, 0x03];

    [Fact]
    public void Fields_are_found_by_number_and_a_missing_one_is_empty()
    {
        var inner = ProtoField.Of(_message, 1);
        Assert.Equal((150, 7, 0), (ProtoField.Number(inner, 1), ProtoField.Number(inner, 2), ProtoField.Number(inner, 3)));
        Assert.Equal("testing"u8, ProtoField.Of(_message, 3));
        Assert.Equal(3, ProtoField.Number(_message, 4));
        Assert.True(ProtoField.Of(_message, 2).IsEmpty);
    }

    [Fact]
    public void However_it_is_cut_nothing_is_read_beyond_its_end()
    {
        for (var length = 0; length < _message.Length; length++)
        {
            var cut = _message.AsSpan(0, length).ToArray();
            Assert.True(ProtoField.Of(cut, 3).IsEmpty || length >= 16);
            Assert.Equal(0, ProtoField.Number(cut, 4));
        }

        Assert.True(ProtoField.Of([0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], 1).IsEmpty);
        Assert.Equal(0, ProtoField.Number([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], 1));
    }
}
