using System.Formats.Tar;
using System.Globalization;
using System.Text;
using Harness.Host.Processes;

namespace Harness.Images.Packages;

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

    /// <summary>Every folder, regular file and link of the package, in its order; names without the leading <c>./</c>, of folders with <c>/</c> at the end.</summary>
    /// <exception cref="InvalidDataException">It is no package, or holds something else.</exception>
    internal static ImmutableArray<PackagedEntry> Entries(string package)
    {
        using var file = File.OpenRead(package);
        using var data = Data(file);
        using var unpacked = Packed.Open(data);
        using var content = new BoundedStream(unpacked, LargestContent);
        using var tar = new TarReader(content);
        var entries = ImmutableArray.CreateBuilder<PackagedEntry>();
        while (Next(tar) is { } entry)
        {
            var name = entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;
            if (name.Length == 0)
                continue;
            // The engine unpacks it: nothing may lead out of the image's own root.
            if (name.StartsWith('/') || name.Split('/').Contains(".."))
                throw new InvalidDataException($"a package with the path '{name}'");
            if (entry.Length > LargestFile)
                throw BoundedStream.TooLong(LargestFile);
            var type = entry.EntryType is TarEntryType.V7RegularFile ? TarEntryType.RegularFile : entry.EntryType;
            if (type is not (TarEntryType.RegularFile or TarEntryType.Directory or TarEntryType.SymbolicLink or TarEntryType.HardLink))
                throw new InvalidDataException($"a package with something else than files, '{name}'");
            var target = type == TarEntryType.HardLink && entry.LinkName.StartsWith("./", StringComparison.Ordinal) ? entry.LinkName[2..] : entry.LinkName;
            entries.Add(new PackagedEntry(
                type == TarEntryType.Directory ? name.TrimEnd('/') + "/" : name, type, entry.Mode, type is TarEntryType.SymbolicLink or TarEntryType.HardLink ? target : "",
                entry.DataStream is null ? [] : Content(entry.DataStream)));
        }

        return entries.ToImmutable();
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

/// <summary>A folder, a file or a link of a package.</summary>
/// <param name="Name">Its path without the leading <c>./</c>.</param>
/// <param name="Type">What it is.</param>
/// <param name="Mode">Its rights.</param>
/// <param name="Target">Of a link.</param>
/// <param name="Content">Of a file.</param>
internal sealed record PackagedEntry(string Name, TarEntryType Type, UnixFileMode Mode, string Target, byte[] Content);
