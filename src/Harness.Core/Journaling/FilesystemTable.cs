using System.Globalization;
using CsvHelper;

namespace Harness.Core.Journaling;

/// <summary>What an entry of a file system is.</summary>
public enum FilesystemEntryType
{
    /// <summary>A regular file.</summary>
    File,

    /// <summary>A further name of a file that is listed under its first; with that one's size and hash.</summary>
    Hardlink,

    /// <summary>A symbolic link.</summary>
    Symlink,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A character device.</summary>
    CharacterDevice,

    /// <summary>A block device.</summary>
    BlockDevice,

    /// <summary>A named pipe.</summary>
    Fifo,

    /// <summary>Anything else.</summary>
    Other,
}

/// <summary>One entry of a userland's file system: a row of <c>raw/filesystems/&lt;digest&gt;.csv</c>.</summary>
/// <param name="Path">Absolute, made printable.</param>
/// <param name="Type">What it is.</param>
/// <param name="Size">Bytes; 0 for what is no file.</param>
/// <param name="Mode">The twelve permission bits.</param>
/// <param name="Sha256">Of a file's content, lower-case hex; empty where there is none or it was not read.</param>
/// <param name="Target">Where a link points to, made printable; else empty.</param>
public sealed record FilesystemEntry(string Path, FilesystemEntryType Type, long Size, int Mode, string Sha256, string Target);

/// <summary>A file system in four numbers.</summary>
/// <param name="Files">Names of regular files, hard links included.</param>
/// <param name="Executables">How many of these are executable.</param>
/// <param name="Symlinks">Symbolic links.</param>
/// <param name="Bytes">Content of regular files, each once.</param>
public sealed record FilesystemSummary(long Files, long Executables, long Symlinks, long Bytes);

/// <summary>The table of a userland's files: what an image holds, one row an entry, sorted by path.</summary>
public static class FilesystemTable
{
    private const int ExecuteBits = 0b001_001_001;

    /// <summary>Its columns; <c>mode</c> is octal.</summary>
    public static readonly ImmutableArray<string> Columns = ["path", "type", "size", "mode", "sha256", "target"];

    /// <summary>The names of all tables of a run.</summary>
    public const string Files = "*.csv";

    /// <summary>The file's name for an image; null where the digest is none.</summary>
    /// <param name="imageDigest"><c>sha256:…</c>.</param>
    public static string? FileName(string imageDigest)
    {
        var hex = imageDigest[(imageDigest.IndexOf(':', StringComparison.Ordinal) + 1)..];
        return hex.Length is >= 32 and <= 128 && hex.All(char.IsAsciiHexDigitLower) ? hex + ".csv" : null;
    }

    /// <summary>Writes the table, whole or not at all, and onto the disk: a cache must not keep half of one.</summary>
    public static void Write(string path, IEnumerable<FilesystemEntry> entries)
    {
        AtomicFile.Write(path, file =>
        {
            using var writer = CsvWriter.Create(file, Csv.WriterOptions);
            writer.WriteHeader(Columns.AsSpan());
            foreach (var entry in entries.OrderBy(entry => entry.Path, StringComparer.Ordinal).ThenBy(entry => entry.Type))
            {
                writer.WriteField(entry.Path);
                writer.WriteField(Name(entry.Type));
                writer.WriteField(entry.Size.ToString(CultureInfo.InvariantCulture));
                writer.WriteField(Octal(entry.Mode));
                writer.WriteField(entry.Sha256);
                writer.WriteField(entry.Target);
                writer.EndRecord();
            }

            writer.Flush();
            file.Flush(flushToDisk: true);
        });
    }

    /// <summary>Counts a table's rows, and by reading each proves that it is one.</summary>
    /// <exception cref="FormatException">It is no such table, or not whole.</exception>
    public static FilesystemSummary Summarise(string path)
    {
        var (files, executables, symlinks, bytes) = (0L, 0L, 0L, 0L);
        using var reader = CsvReader.FromFile(path, Csv.ReaderOptions);
        reader.ReadHeader();
        if (reader.Headers is null || !reader.Headers.SequenceEqual(Columns, StringComparer.Ordinal))
        {
            throw new FormatException($"its columns must be {string.Join(',', Columns)}");
        }

        while (reader.Read())
        {
            var size = long.Parse(reader.GetString("size"), NumberStyles.None, CultureInfo.InvariantCulture);
            var mode = Convert.ToInt32(reader.GetString("mode"), 8);
            var type = reader.GetString("type");
            if (type is "file" or "hardlink")
            {
                files++;
                executables += (mode & ExecuteBits) == 0 ? 0 : 1;
                bytes += type == "file" ? size : 0;
            }
            else if (type == "symlink")
            {
                symlinks++;
            }
        }

        return new FilesystemSummary(files, executables, symlinks, bytes);
    }

    private static string Name(FilesystemEntryType type) => type switch
    {
        FilesystemEntryType.CharacterDevice => "char",
        FilesystemEntryType.BlockDevice => "block",
        _ => type.ToString().ToLowerInvariant(),
    };

    private static string Octal(int mode) => Convert.ToString(mode & 0xFFF, 8).PadLeft(4, '0');
}
