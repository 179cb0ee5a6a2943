using System.Buffers.Binary;
using System.IO.Compression;
using Harness.Host.Processes;
using K4os.Compression.LZ4;
using SharpCompress.Compressors.Xz;
using ZstdSharp;

namespace Harness.Images.Packages;

/// <summary>Data that may be compressed; how, is told by its first bytes and not by a name.</summary>
internal static class Packed
{
    /// <summary>More than any kernel or module unpacks to: what does not end there is hostile.</summary>
    internal const int Largest = 512 << 20;

    // At the end of a gzip stream and of a kernel's payload: the size of what it unpacks to.
    private const int SizeBytes = 4;

    /// <summary>The data itself where it is not compressed.</summary>
    /// <param name="data">All of it; nothing may follow the compressed data.</param>
    /// <param name="most">How many bytes it may unpack to.</param>
    /// <exception cref="InvalidDataException">It is damaged, or unpacks to more.</exception>
    internal static byte[] Unpack(byte[] data, int most = Largest)
    {
        try
        {
            if (data.AsSpan().StartsWith(Lz4Legacy.Magic))
                return Lz4Legacy.Unpack(data, most);
            using var input = new MemoryStream(data, writable: false);
            using var unpacked = Open(input);
            if (ReferenceEquals(unpacked, input))
                return data;
            using var bounded = new BoundedStream(unpacked, most);
            using var output = new MemoryStream();
            bounded.CopyTo(output);
            // .NET's reader takes a gzip stream that breaks off for one that ends; its last four bytes are the size that it had.
            if (unpacked is GZipStream && (data.Length < SizeBytes || BinaryPrimitives.ReadUInt32LittleEndian(data.AsSpan(data.Length - SizeBytes)) != output.Length))
                throw new InvalidDataException("compressed data is damaged (it is not of the size it names)");
            return output.ToArray();
        }
        // Readers of compressed streams have no one way to say that a stream is damaged.
        catch (Exception e) when (e is not (InvalidDataException or OutOfMemoryException))
        {
            throw new InvalidDataException($"compressed data is damaged ({e.Message.ReplaceLineEndings(" ")})", e);
        }
    }

    /// <summary>The payload of a kernel's image: compressed data, then the size of what it unpacks to. Source: arch/x86/boot/compressed/mkpiggy.c.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or is not of that size.</exception>
    internal static byte[] UnpackPayload(byte[] payload)
    {
        if (payload.Length <= SizeBytes)
            throw new InvalidDataException("a payload without a size");
        var size = BinaryPrimitives.ReadUInt32LittleEndian(payload.AsSpan(payload.Length - SizeBytes));
        if (size > Largest)
            throw new InvalidDataException("a payload that says it is larger than any kernel");
        // Gzip ends with that very size; the build appends it to the others.
        var unpacked = Unpack(payload is [0x1F, 0x8B, ..] ? payload : payload[..^SizeBytes], (int)size);
        return unpacked.Length == size ? unpacked : throw new InvalidDataException("a payload that is not of the size it names");
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
    /// many bytes. Source: lz4_Frame_format.md.
    /// </summary>
    internal static class Lz4Legacy
    {
        private const int Block = 8 << 20;

        internal static ReadOnlySpan<byte> Magic => [0x02, 0x21, 0x4C, 0x18];

        internal static byte[] Unpack(ReadOnlySpan<byte> data, int most)
        {
            using var output = new MemoryStream();
            var block = new byte[Block];
            data = data[Magic.Length..];
            while (!data.IsEmpty)
            {
                var size = data.Length >= 4 ? BinaryPrimitives.ReadUInt32LittleEndian(data) : 0;
                if (size == 0 || size > data.Length - 4)
                    throw new InvalidDataException("an LZ4 block is cut off");
                var count = LZ4Codec.Decode(data.Slice(4, (int)size), block);
                if (count < 0)
                    throw new InvalidDataException("an LZ4 block is damaged");
                if (output.Length + count > most)
                    throw BoundedStream.TooLong(most);
                output.Write(block, 0, count);
                data = data[(4 + (int)size)..];
            }

            return output.ToArray();
        }
    }
}
