using System.Formats.Tar;
using System.Globalization;
using System.Text;
using Harness.Runtimes.Processes;

namespace Harness.Runtimes.Kernels;

/// <summary>Reads Debian packages without Debian's tools: an ar archive with a compressed tar in it.</summary>
internal static class DebFile
{
    // A kernel's package has a few hundred megabytes of modules at most.
    private const long LargestContent = 4L << 30;

    private const long LargestFile = 512 << 20;

    /// <summary>Every regular file of the package, its path without the leading <c>./</c>; the content is valid during the call.</summary>
    /// <exception cref="InvalidDataException">It is no package.</exception>
    internal static void ForEach(string package, Func<string, bool> wanted, Action<string, byte[]> take)
    {
        using var file = File.OpenRead(package);
        using var data = Data(file);
        using var unpacked = Packed.Open(data);
        using var content = new BoundedStream(unpacked, LargestContent);
        using var tar = new TarReader(content);
        while (Next(tar) is { } entry)
        {
            var name = entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;
            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile) || entry.DataStream is null || !wanted(name))
                continue;
            if (entry.Length > LargestFile)
                throw BoundedStream.TooLong(LargestFile);
            take(name, Content(entry.DataStream));
        }
    }

    private static TarEntry? Next(TarReader tar) => Read(() => tar.GetNextEntry());

    private static byte[] Content(Stream data) => Read(() =>
    {
        using var bytes = new MemoryStream();
        data.CopyTo(bytes);
        return bytes.ToArray();
    });

    // Readers of archives and of compressed streams have no one way to say that what they read is damaged.
    private static T Read<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is not (InvalidDataException or OutOfMemoryException))
        {
            throw new InvalidDataException($"a damaged package ({e.Message.ReplaceLineEndings(" ")})", e);
        }
    }

    // Kept in memory: the packages are tens of megabytes, and the decompressors want to seek.
    private static MemoryStream Data(Stream file)
    {
        var head = new byte[60];
        file.ReadExactly(head, 0, 8);
        if (!head.AsSpan(0, 8).SequenceEqual("!<arch>\n"u8))
            throw new InvalidDataException("no Debian package");
        while (file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length)
        {
            var name = Encoding.ASCII.GetString(head, 0, 16).TrimEnd(' ', '/');
            if (!long.TryParse(Encoding.ASCII.GetString(head, 48, 10), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var size) || size > file.Length - file.Position)
                throw new InvalidDataException("a package whose parts are longer than it is");
            if (name.StartsWith("data.tar", StringComparison.Ordinal))
            {
                var data = new byte[size];
                file.ReadExactly(data);
                return new MemoryStream(data, writable: false);
            }

            file.Position += size + (size & 1);
        }

        throw new InvalidDataException("a package without content");
    }
}
