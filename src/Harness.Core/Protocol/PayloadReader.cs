using System.Buffers.Binary;
using System.Text;

namespace Harness.Core.Protocol;

/// <summary>Takes a payload apart. What is not there reads as zero or empty and is remembered.</summary>
internal ref struct PayloadReader(ReadOnlySpan<byte> rest)
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private ReadOnlySpan<byte> _rest = rest;
    private bool _failed;

    /// <summary>Whether all that was read was there, valid, and nothing is left.</summary>
    internal readonly bool IsExact => !_failed && _rest.IsEmpty;

    internal byte Byte(byte min, byte max)
    {
        var bytes = Take(1);
        var value = bytes.IsEmpty ? min : bytes[0];
        _failed |= value < min || value > max;
        return value;
    }

    internal uint UInt32()
    {
        var bytes = Take(4);
        return bytes.IsEmpty ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    internal long Int64()
    {
        var bytes = Take(8);
        return bytes.IsEmpty ? 0 : BinaryPrimitives.ReadInt64LittleEndian(bytes);
    }

    internal string Name()
    {
        var length = Take(2);
        var bytes = length.IsEmpty ? [] : Take(BinaryPrimitives.ReadUInt16LittleEndian(length));
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            _failed = true;
            return "";
        }
    }

    internal ReadOnlySpan<byte> Rest() => Take(_rest.Length);

    private ReadOnlySpan<byte> Take(int count)
    {
        if (_failed || count > _rest.Length)
        {
            _failed = true;
            return [];
        }

        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
