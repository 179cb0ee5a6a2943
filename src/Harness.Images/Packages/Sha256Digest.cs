using System.Buffers;
using System.Security.Cryptography;

namespace Harness.Images.Packages;

/// <summary>Names of content as OCI writes them: <c>sha256:</c> and 64 hexadecimal digits. Only such a text becomes a file's name.</summary>
internal static class Sha256Digest
{
    private const string Prefix = "sha256:";

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");

    /// <summary>The digest of content.</summary>
    internal static string Of(ReadOnlySpan<byte> content) => Prefix + Convert.ToHexStringLower(SHA256.HashData(content));

    /// <summary>The digits; null where the text is not a digest.</summary>
    internal static string? Hex(string? digest) =>
        digest is not null && digest.StartsWith(Prefix, StringComparison.Ordinal) && IsHex(digest.AsSpan(Prefix.Length)) ? digest[Prefix.Length..] : null;

    /// <summary>Whether a text is 64 lower-case hexadecimal digits.</summary>
    internal static bool IsHex(ReadOnlySpan<char> text) => text.Length == 64 && text.IndexOfAnyExcept(Digits) < 0;
}
