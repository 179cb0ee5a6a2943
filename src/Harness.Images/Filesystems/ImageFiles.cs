using System.Text;
using Harness.Core.Journaling;
using Harness.Core.Running;

namespace Harness.Images.Filesystems;

/// <summary>Turns the archive of a container's file system into the rows of a <see cref="FilesystemTable"/>, hashing each file as it passes.</summary>
internal static class ImageFiles
{
    /// <summary>What is found below these is the kernel's or the engine's, not the image's.</summary>
    private static readonly ImmutableArray<byte[]> Foreign = [.. new[] { "/proc/", "/sys/", "/dev/", "/.harness/" }.Select(Encoding.ASCII.GetBytes)];

    /// <summary>What engines put into every container, over whatever the image has there.</summary>
    private static readonly ImmutableArray<byte[]> Engines =
    [
        .. new[] { "/.harness", "/.dockerenv", "/run/.containerenv", "/etc/hostname", "/etc/hosts", "/etc/resolv.conf", "/etc/mtab" }.Select(Encoding.ASCII.GetBytes),
    ];

    /// <summary>All rows. Of a path that comes more than once the last counts, as it does when the archive is unpacked.</summary>
    /// <exception cref="InvalidDataException">The archive is damaged, or goes beyond the limits.</exception>
    internal static async Task<IReadOnlyCollection<FilesystemEntry>> ReadAsync(Stream archive, TarLimits limits, CancellationToken cancellation)
    {
        var tar = new TarStream(archive, limits);
        // By the bytes of the path as Latin-1: one character a byte, so that different bytes stay different.
        var entries = new Dictionary<string, FilesystemEntry>(StringComparer.Ordinal);
        while (await tar.NextAsync(cancellation) is { } member)
        {
            var path = Absolute(member.Name);
            if (path.Length > 1 && !IsLeftOut(path))
                entries[Encoding.Latin1.GetString(path)] = await EntryAsync(tar, member, path, entries, cancellation);
        }

        return entries.Values;
    }

    private static async Task<FilesystemEntry> EntryAsync(
        TarStream tar, TarMember member, byte[] path, Dictionary<string, FilesystemEntry> entries, CancellationToken cancellation)
    {
        var entry = new FilesystemEntry(SandboxText.Printable(path), TypeOf(member.Type), 0, member.Mode, "", "");
        switch (entry.Type)
        {
            case FilesystemEntryType.File:
                // Where holes were left out, the archive's bytes are not the file's, and a hash of them would compare with nothing.
                return entry with { Size = member.RealSize, Sha256 = member.IsSparse ? "" : await tar.HashAsync(cancellation) };
            case FilesystemEntryType.Hardlink:
                var target = Absolute(member.Link);
                var first = entries.GetValueOrDefault(Encoding.Latin1.GetString(target));
                return entry with { Size = first?.Size ?? 0, Sha256 = first?.Sha256 ?? "", Target = SandboxText.Printable(target) };
            case FilesystemEntryType.Symlink:
                return entry with { Target = SandboxText.Printable(member.Link) };
            default:
                return entry;
        }
    }

    private static FilesystemEntryType TypeOf(char type) => type switch
    {
        '0' or '7' or 'S' => FilesystemEntryType.File,
        '1' => FilesystemEntryType.Hardlink,
        '2' => FilesystemEntryType.Symlink,
        '3' => FilesystemEntryType.CharacterDevice,
        '4' => FilesystemEntryType.BlockDevice,
        '5' => FilesystemEntryType.Directory,
        '6' => FilesystemEntryType.Fifo,
        _ => FilesystemEntryType.Other,
    };

    /// <summary><c>./usr/bin/</c> and <c>usr/bin</c> are <c>/usr/bin</c>.</summary>
    private static byte[] Absolute(ReadOnlySpan<byte> name)
    {
        while (name.StartsWith("./"u8) || name.StartsWith("/"u8))
            name = name[(name[0] == (byte)'/' ? 1 : 2)..];
        name = name.TrimEnd((byte)'/');
        return name.SequenceEqual("."u8) ? [(byte)'/'] : [(byte)'/', .. name];
    }

    private static bool IsLeftOut(byte[] path) =>
        Engines.Any(name => path.AsSpan().SequenceEqual(name)) || Foreign.Any(folder => path.AsSpan().StartsWith(folder));
}
