using System.IO.Compression;
using ZstdSharp;

namespace Harness.Tests.Runtimes;

/// <summary>Compresses.</summary>
internal static class Packing
{
    internal static byte[] Gzip(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(content);
        return packed.ToArray();
    }

    internal static byte[] Zstd(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var zstd = new CompressionStream(packed, leaveOpen: true))
            zstd.Write(content);
        return packed.ToArray();
    }
}
