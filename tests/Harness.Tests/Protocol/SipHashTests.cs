using Harness.Core.Protocol;
using Xunit;

namespace Harness.Tests.Protocol;

public sealed class SipHashTests
{
    // vectors_sip64 of the reference implementation, read as little-endian numbers; the sixteenth is the paper's.
    private static readonly ulong[] Expected =
    [
        0x726fdb47dd0e0e31, 0x74f839c593dc67fd, 0x0d6c8009d9a94f5a, 0x85676696d7fb7e2d,
        0xcf2794e0277187b7, 0x18765564cd99a68d, 0xcbc9466e58fee3ce, 0xab0200f58b01d137,
        0x93f5f5799a932462, 0x9e0082df0ba9e4b0, 0x7a5dbbc594ddb9f3, 0xf4b32f46226bada7,
        0x751e8fbc860ee5fb, 0x14ea5627c0843d90, 0xf723ca908e7af2ee, 0xa129ca6149be45e5,
        0x3f2acc7f57c29bdb,
    ];

    [Fact]
    public void The_reference_vectors_come_out()
    {
        byte[] bytes = [.. Enumerable.Range(0, 64).Select(i => (byte)i)];
        var key = ChannelKey.FromBytes(bytes.AsSpan(0, ChannelKey.Size));

        for (var length = 0; length < Expected.Length; length++)
        {
            Assert.Equal(Expected[length], SipHash.Hash(key, bytes.AsSpan(0, length)));
        }

        Assert.Equal(0x958a324ceb064572UL, SipHash.Hash(key, bytes.AsSpan(0, 63)));
    }

    [Fact]
    public void A_key_is_written_in_the_order_of_its_bytes()
    {
        byte[] bytes = [.. Enumerable.Range(0, ChannelKey.Size).Select(i => (byte)i)];

        Assert.Equal("000102030405060708090a0b0c0d0e0f", ChannelKey.FromBytes(bytes).ToHex());
        Assert.NotEqual(ChannelKey.Create(), ChannelKey.Create());
        Assert.Throws<ArgumentException>(() => ChannelKey.FromBytes(bytes.AsSpan(1)));
    }

    [Fact]
    public void A_key_does_not_reach_a_log_by_accident()
    {
        var key = ChannelKey.Create();

        Assert.DoesNotContain(key.ToHex(), $"{key}", StringComparison.OrdinalIgnoreCase);
    }
}
