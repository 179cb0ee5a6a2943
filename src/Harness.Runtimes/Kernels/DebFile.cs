using System.Formats.Tar;
using System.Globalization;
using System.Text;

namespace Harness.Runtimes.Kernels;

/// <summary>Reads Debian packages without Debian's tools: an ar archive with a compressed tar in it.</summary>
internal static class DebFile
{
    /// <summary>Every regular file of the package, its path without the leading <c>./</c>; the content is valid during the call.</summary>
    /// <exception cref="InvalidDataException">It is no package.</exception>
    internal static void ForEach(string package, Func<string, bool> wanted, Action<string, byte[]> take)
    {
        using var file = File.OpenRead(package);
        using var data = Data(file);
        using var content = Packed.Open(data);
        using var tar = new TarReader(content);
        while (tar.GetNextEntry() is { } entry)
        {
            var name = entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;
            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile) || entry.DataStream is null || !wanted(name))
                continue;
            using var bytes = new MemoryStream();
            entry.DataStream.CopyTo(bytes);
            take(name, bytes.ToArray());
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
            var size = long.Parse(Encoding.ASCII.GetString(head, 48, 10), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
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
