using System.Collections.Immutable;
using System.Text;

namespace Harness.Core.Protocol;

/// <summary>Bytes as a sandbox wrote them, compared by content; not necessarily UTF-8.</summary>
public readonly struct RawBytes(ReadOnlySpan<byte> bytes) : IEquatable<RawBytes>
{
    private readonly ImmutableArray<byte> _bytes = [.. bytes];

    /// <summary>The bytes of a text in UTF-8.</summary>
    public static RawBytes FromText(string text) => new(Encoding.UTF8.GetBytes(text));

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Span => _bytes.IsDefault ? [] : _bytes.AsSpan();

    /// <summary>The number of bytes.</summary>
    public int Length => Span.Length;

    /// <summary>The bytes as UTF-8; what is not UTF-8 becomes U+FFFD.</summary>
    public override string ToString() => Encoding.UTF8.GetString(Span);

    /// <inheritdoc/>
    public bool Equals(RawBytes other) => Span.SequenceEqual(other.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is RawBytes other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Span);
        return hash.ToHashCode();
    }

    /// <summary>Whether both hold the same bytes.</summary>
    public static bool operator ==(RawBytes left, RawBytes right) => left.Equals(right);

    /// <summary>Whether the bytes differ.</summary>
    public static bool operator !=(RawBytes left, RawBytes right) => !left.Equals(right);
}
