using System.Buffers.Binary;

namespace Harness.Images.Filesystems;

/// <summary>The fields of one 512-byte header (POSIX ustar and its GNU dialect).</summary>
internal readonly ref struct TarHeader(ReadOnlySpan<byte> block)
{
    /// <summary>Every header and every content fills whole blocks.</summary>
    internal const int BlockSize = 512;

    private readonly ReadOnlySpan<byte> _block = block;

    internal bool IsEmpty => _block.IndexOfAnyExcept((byte)0) < 0;

    internal char Type => (char)_block[156];

    internal ReadOnlySpan<byte> Link => Text(157, 100);

    internal long Size => Number(_block.Slice(124, 12));

    internal int Mode => Number(_block.Slice(100, 8)) is >= 0 and var mode ? (int)(mode & 0xFFF) : 0;

    /// <summary>Of GNU's old sparse members: the file's own size.</summary>
    internal long RealSize => Number(_block.Slice(483, 12));

    /// <summary>Of GNU's old sparse members: whether blocks that say where the holes are follow before the content.</summary>
    internal bool HasSparseBlocks => _block[482] != 0;

    /// <summary>Prefix and name, where the dialect has a prefix: GNU's keeps other things in its place.</summary>
    internal byte[] Name
    {
        get
        {
            var prefix = _block.Slice(257, 6).SequenceEqual("ustar\0"u8) ? Text(345, 155) : [];
            return prefix.IsEmpty ? Text(0, 100).ToArray() : [.. prefix, (byte)'/', .. Text(0, 100)];
        }
    }

    /// <summary>The sum over the header with blanks in place of the sum itself; old writers took bytes as signed.</summary>
    internal bool IsValid
    {
        get
        {
            var (unsigned, signed) = (8 * ' ', 8 * ' ');
            for (var i = 0; i < BlockSize; i++)
            {
                if (i is >= 148 and < 156)
                    continue;
                unsigned += _block[i];
                signed += (sbyte)_block[i];
            }

            return Number(_block.Slice(148, 8)) is var sum && (sum == unsigned || sum == signed);
        }
    }

    /// <summary>Octal digits among blanks and zero bytes, or base 256 where the first bit is set.</summary>
    /// <returns>-1 where it is no number or a negative one.</returns>
    internal static long Number(ReadOnlySpan<byte> field)
    {
        if ((field[0] & 0x80) != 0)
        {
            // Eight bytes hold any size; whatever stands before them must be empty but for the mark.
            var head = field[..^8];
            return (head.IsEmpty || (head[0] == 0x80 && head[1..].IndexOfAnyExcept((byte)0) < 0)) && BinaryPrimitives.ReadInt64BigEndian(field[^8..]) is >= 0 and var big
                ? big
                : -1;
        }

        var number = 0L;
        foreach (var digit in field.Trim(" \0"u8))
        {
            if (digit is < (byte)'0' or > (byte)'7')
                return -1;
            number = (number << 3) | (uint)(digit - '0');
        }

        return number;
    }

    private ReadOnlySpan<byte> Text(int start, int length)
    {
        var field = _block.Slice(start, length);
        var end = field.IndexOf((byte)0);
        return end < 0 ? field : field[..end];
    }
}
