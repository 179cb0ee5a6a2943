using System.Buffers.Binary;
using System.IO.Compression;
using SharpCompress.Compressors.Xz;
using ZstdSharp;

namespace Harness.Runtimes.Kernels;

/// <summary>Data that may be compressed; how, is told by its first bytes and not by a name.</summary>
internal static class Packed
{
    /// <summary>The data itself where it is not compressed.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    internal static byte[] Unpack(byte[] data)
    {
        if (data.AsSpan().StartsWith(Lz4Legacy.Magic))
            return Lz4Legacy.Unpack(data);
        using var input = new MemoryStream(data, writable: false);
        using var unpacked = Open(input);
        if (ReferenceEquals(unpacked, input))
            return data;
        using var output = new MemoryStream();
        try
        {
            unpacked.CopyTo(output);
        }
        catch (Exception e) when (output.Length > 0 && e is not OutOfMemoryException)
        {
            // A kernel's payload is followed by bytes that are none of the compressed stream's: its length, padding.
            // What came before them is whole, or is found out not to be by whoever reads it.
        }

        return output.ToArray();
    }

    /// <summary>A stream over what a seekable stream holds; the stream itself where it is not compressed.</summary>
    internal static Stream Open(Stream stream)
    {
        var magic = new byte[6];
        var start = stream.Position;
        var count = stream.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false);
        stream.Position = start;
        return magic.AsSpan(0, count) switch
        {
            [0x1F, 0x8B, ..] => new GZipStream(stream, CompressionMode.Decompress),
            [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0] => new XZStream(stream),
            [0x28, 0xB5, 0x2F, 0xFD, ..] => new DecompressionStream(stream),
            _ => stream,
        };
    }

    /// <summary>
    /// LZ4's legacy frame, which the kernel's build uses: a magic, then blocks of up to 8 MiB, each a 32-bit length and that
    /// many bytes. Source: lz4_Frame_format.md, lz4_Block_format.md.
    /// </summary>
    internal static class Lz4Legacy
    {
        private const int Block = 8 << 20;

        internal static ReadOnlySpan<byte> Magic => [0x02, 0x21, 0x4C, 0x18];

        internal static byte[] Unpack(ReadOnlySpan<byte> data)
        {
            using var output = new MemoryStream();
            var block = new byte[Block];
            data = data[Magic.Length..];
            while (data.Length >= 4)
            {
                var size = BinaryPrimitives.ReadUInt32LittleEndian(data);
                if (size == 0 || size > data.Length - 4)
                    break;
                output.Write(block, 0, Decode(data.Slice(4, (int)size), block));
                data = data[(4 + (int)size)..];
            }

            return output.ToArray();
        }

        // Sequences of literals and a copy of what was written already; the last one has literals only.
        private static int Decode(ReadOnlySpan<byte> input, Span<byte> output)
        {
            int at = 0, to = 0;
            try
            {
                while (true)
                {
                    var token = input[at++];
                    var literals = Length(token >> 4, input, ref at);
                    input.Slice(at, literals).CopyTo(output[to..]);
                    at += literals;
                    to += literals;
                    if (at == input.Length)
                        return to;
                    var distance = BinaryPrimitives.ReadUInt16LittleEndian(input[at..]);
                    at += 2;
                    var count = Length(token & 15, input, ref at) + 4;
                    if (distance == 0 || distance > to)
                        throw new InvalidDataException("an LZ4 block is damaged");
                    for (var end = to + count; to < end; to++)
                        output[to] = output[to - distance];
                }
            }
            catch (Exception e) when (e is IndexOutOfRangeException or ArgumentException)
            {
                throw new InvalidDataException("an LZ4 block is damaged", e);
            }
        }

        private static int Length(int start, ReadOnlySpan<byte> input, ref int at)
        {
            var length = start;
            if (start == 15)
            {
                int more;
                do
                    length += more = input[at++];
                while (more == 255);
            }

            return length;
        }
    }
}
