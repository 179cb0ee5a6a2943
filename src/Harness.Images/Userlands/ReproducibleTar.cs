using System.Formats.Tar;
using System.Text;
using Harness.Images.Packages;

namespace Harness.Images.Userlands;

/// <summary>Writes tar archives whose bytes depend on nothing but what is put in: owner root, one fixed time, the order given.</summary>
internal sealed class ReproducibleTar(Stream output, DateTimeOffset time) : IAsyncDisposable
{
    private const UnixFileMode ReadAll = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode ExecuteAll = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private readonly TarWriter _writer = new(output, TarEntryFormat.Ustar, leaveOpen: true);

    /// <summary>0644.</summary>
    internal const UnixFileMode File = ReadAll | UnixFileMode.UserWrite;

    /// <summary>0755.</summary>
    internal const UnixFileMode Executable = File | ExecuteAll;

    /// <summary>1777, as <c>/tmp</c> is.</summary>
    internal const UnixFileMode Shared =
        Executable | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite | UnixFileMode.StickyBit;

    /// <summary>A folder; its name ends with <c>/</c>.</summary>
    internal Task FolderAsync(string name, UnixFileMode mode, CancellationToken cancellation) =>
        WriteAsync(new UstarTarEntry(TarEntryType.Directory, name) { Mode = mode }, cancellation);

    /// <summary>A file.</summary>
    internal async Task FileAsync(string name, UnixFileMode mode, Stream content, CancellationToken cancellation) =>
        await WriteAsync(new UstarTarEntry(TarEntryType.RegularFile, name) { Mode = mode, DataStream = content }, cancellation);

    /// <summary>A file of a text.</summary>
    internal async Task TextAsync(string name, UnixFileMode mode, string content, CancellationToken cancellation)
    {
        using var bytes = new MemoryStream(Encoding.UTF8.GetBytes(content), writable: false);
        await FileAsync(name, mode, bytes, cancellation);
    }

    /// <summary>A symbolic link.</summary>
    internal Task LinkAsync(string name, string target, CancellationToken cancellation) =>
        WriteAsync(new UstarTarEntry(TarEntryType.SymbolicLink, name) { LinkName = target, Mode = Shared & ~UnixFileMode.StickyBit }, cancellation);

    /// <summary>An entry of another archive: a folder, a file or a link, with its rights.</summary>
    internal async Task EntryAsync(PackagedEntry entry, CancellationToken cancellation)
    {
        using var content = new MemoryStream(entry.Content, writable: false);
        var copy = new UstarTarEntry(entry.Type, entry.Name) { Mode = entry.Mode };
        if (entry.Type == TarEntryType.RegularFile)
            copy.DataStream = content;
        else if (entry.Target.Length > 0)
            copy.LinkName = entry.Target;
        await WriteAsync(copy, cancellation);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _writer.DisposeAsync();

    private Task WriteAsync(UstarTarEntry entry, CancellationToken cancellation)
    {
        entry.ModificationTime = time;
        entry.Uid = 0;
        entry.Gid = 0;
        return _writer.WriteEntryAsync(entry, cancellation);
    }
}
