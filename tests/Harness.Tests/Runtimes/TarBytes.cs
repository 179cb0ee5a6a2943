using System.Globalization;
using System.Text;

namespace Harness.Tests.Runtimes;

/// <summary>Members of a tar, byte by byte, as no writer would put them.</summary>
internal static class TarBytes
{
    internal static byte[] Tar(byte[] members) => [.. members, .. new byte[1024]];

    internal static byte[] File(string name, ReadOnlySpan<byte> content) => File(Encoding.UTF8.GetBytes(name), content);

    internal static byte[] File(byte[] name, ReadOnlySpan<byte> content) => Member(Header(name, '0', content.Length, ""), content);

    internal static byte[] Member(byte[] header, ReadOnlySpan<byte> content) => [.. header, .. Padded(content)];

    internal static byte[] Padded(ReadOnlySpan<byte> content) => [.. content, .. new byte[-content.Length & 511]];

    internal static byte[] Record(string key, ReadOnlySpan<byte> value)
    {
        var rest = key.Length + value.Length + 3;
        var length = rest + rest.ToString(CultureInfo.InvariantCulture).Length;
        length = rest + length.ToString(CultureInfo.InvariantCulture).Length;
        return [.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{length} {key}=")), .. value, (byte)'\n'];
    }

    internal static byte[] Header(string name, char type, long size, string link = "", bool sum = true) => Header(Encoding.UTF8.GetBytes(name), type, size, link, sum);

    /// <summary>A header; a size below zero becomes the largest that base 256 can say.</summary>
    internal static byte[] Header(byte[] name, char type, long size, string link, bool sum = true)
    {
        var block = new byte[512];
        name.CopyTo(block, 0);
        "0000644\0"u8.CopyTo(block.AsSpan(100));
        if (size < 0)
        {
            block[124] = 0x80;
            System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(block.AsSpan(128), long.MaxValue);
        }
        else
        {
            Encoding.ASCII.GetBytes(Convert.ToString(size, 8).PadLeft(11, '0')).CopyTo(block, 124);
        }

        block[156] = (byte)type;
        Encoding.UTF8.GetBytes(link).CopyTo(block, 157);
        "ustar\000"u8.CopyTo(block.AsSpan(257));
        return sum ? Sum(block) : block;
    }

    internal static byte[] Odd(string name, ReadOnlySpan<byte> size)
    {
        var block = Header(name, '0', 0);
        size.CopyTo(block.AsSpan(124));
        return block;
    }

    internal static byte[] Sum(byte[] block)
    {
        block.AsSpan(148, 8).Fill((byte)' ');
        Encoding.ASCII.GetBytes(Convert.ToString(block.Sum(value => value), 8).PadLeft(6, '0') + "\0").CopyTo(block, 148);
        return block;
    }
}
