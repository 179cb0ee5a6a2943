using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Harness.Core.Protocol;

/// <summary>
/// The secret of one sandbox's channel: 16 bytes, as two little-endian words. While the sandbox lives only the harness and the agent
/// know it; once it is gone, the key is evidence and lies beside the frames.
/// </summary>
public readonly record struct ChannelKey(ulong Low, ulong High)
{
    /// <summary>The environment variable by which the agent is given it.</summary>
    public const string Variable = "HARNESS_KEY";

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

    /// <summary>The key that 32 hex digits spell; null where the text is not that.</summary>
    public static ChannelKey? FromHex(string text) =>
        text.Length == 2 * Size && text.All(char.IsAsciiHexDigitLower) ? FromBytes(Convert.FromHexString(text)) : null;

    /// <summary>32 lower-case hex digits, as the agent and <c>raw/</c> have it.</summary>
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
