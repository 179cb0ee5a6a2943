using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Harness.Core.Protocol;

/// <summary>The secret of one sandbox's channel: 16 bytes, as two little-endian words.</summary>
public readonly record struct ChannelKey(ulong Low, ulong High)
{
    /// <summary>The length of a key in bytes.</summary>
    public const int Size = 16;

    /// <summary>A key that nobody can guess; every sandbox gets one of its own.</summary>
    public static ChannelKey Create()
    {
        Span<byte> bytes = stackalloc byte[Size];
        RandomNumberGenerator.Fill(bytes);
        return FromBytes(bytes);
    }

    /// <summary>The key that the 16 <paramref name="bytes"/> spell.</summary>
    /// <exception cref="ArgumentException">There are not exactly 16.</exception>
    public static ChannelKey FromBytes(ReadOnlySpan<byte> bytes) => bytes.Length == Size
        ? new(BinaryPrimitives.ReadUInt64LittleEndian(bytes), BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]))
        : throw new ArgumentException("A channel's key has 16 bytes.", nameof(bytes));

    /// <summary>32 lower-case hex digits, as the plan carries it.</summary>
    public string ToHex()
    {
        Span<byte> bytes = stackalloc byte[Size];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Low);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], High);
        return Convert.ToHexStringLower(bytes);
    }

    /// <summary>Not the key: it must not reach a log by accident.</summary>
    public override string ToString() => "ChannelKey";
}
