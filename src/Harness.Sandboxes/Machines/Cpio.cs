using System.Formats.Tar;
using System.Globalization;
using System.Text;

namespace Harness.Sandboxes.Machines;

/// <summary>
/// Writes the archives that a kernel unpacks as its first file system (cpio, "newc"), their bytes depending on nothing but
/// what is put in. Several may follow one another. Source: Documentation/driver-api/early-userspace/buffer-format.rst.
/// </summary>
internal sealed class Cpio(Stream output)
{
    private const int Regular = 0x8000, Directory = 0x4000, SymbolicLink = 0xA000, CharacterDevice = 0x2000, BlockDevice = 0x6000, Fifo = 0x1000;

    private int _inode;

    /// <summary>A folder, 0755 unless said otherwise.</summary>
    internal void Folder(string name, int mode = 0x1ED, int uid = 0, int gid = 0) => Entry(name, Directory | mode, [], uid, gid);

    /// <summary>A file.</summary>
    internal void File(string name, ReadOnlySpan<byte> content, bool executable = false) => Entry(name, Regular | (executable ? 0x1ED : 0x1A4), content, 0, 0);

    /// <summary>A character device, 0600.</summary>
    internal void Device(string name, int major, int minor) => Entry(name, CharacterDevice | 0x180, [], 0, 0, major, minor);

    /// <summary>Everything of a tar: a userland.</summary>
    internal void Tar(Stream tar)
    {
        // The kernel's unpacker knows hard links by inode number; a copy of the content needs no such bookkeeping.
        var files = new Dictionary<string, (int Mode, byte[] Content)>(StringComparer.Ordinal);
        using var reader = new TarReader(tar, leaveOpen: true);
        while (reader.GetNextEntry() is { } entry)
        {
            var name = Name(entry.Name);
            var mode = (int)entry.Mode;
            if (name.Length == 0)
                continue;
            switch (entry.EntryType)
            {
                case TarEntryType.Directory:
                    Folder(name, mode, entry.Uid, entry.Gid);
                    break;
                case TarEntryType.SymbolicLink:
                    Entry(name, SymbolicLink | 0x1FF, Encoding.UTF8.GetBytes(entry.LinkName), entry.Uid, entry.Gid);
                    break;
                case TarEntryType.RegularFile or TarEntryType.V7RegularFile:
                    using (var content = new MemoryStream())
                    {
                        entry.DataStream?.CopyTo(content);
                        files[name] = (mode, content.ToArray());
                    }

                    Entry(name, Regular | mode, files[name].Content, entry.Uid, entry.Gid);
                    break;
                case TarEntryType.HardLink when files.TryGetValue(Name(entry.LinkName), out var original):
                    Entry(name, Regular | original.Mode, original.Content, entry.Uid, entry.Gid);
                    break;
                case TarEntryType.CharacterDevice when entry is PosixTarEntry device:
                    Entry(name, CharacterDevice | mode, [], entry.Uid, entry.Gid, device.DeviceMajor, device.DeviceMinor);
                    break;
                case TarEntryType.BlockDevice when entry is PosixTarEntry device:
                    Entry(name, BlockDevice | mode, [], entry.Uid, entry.Gid, device.DeviceMajor, device.DeviceMinor);
                    break;
                case TarEntryType.Fifo:
                    Entry(name, Fifo | mode, [], entry.Uid, entry.Gid);
                    break;
            }
        }
    }

    /// <summary>Ends the archive.</summary>
    internal void End() => Entry("TRAILER!!!", 0, [], 0, 0);

    private static string Name(string name) => name.TrimStart('.', '/').Length == 0 ? "" : (name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name).Trim('/');

    private void Entry(string name, int mode, ReadOnlySpan<byte> content, int uid, int gid, int major = 0, int minor = 0)
    {
        var text = Encoding.UTF8.GetBytes(name + "\0");
        // Magic, inode, mode, uid, gid, links, time, size, device of the file, device it is, length of the name, checksum.
        int[] fields = [++_inode, mode, uid, gid, 1, 0, content.Length, 0, 0, major, minor, text.Length, 0];
        var head = "070701" + string.Concat(fields.Select(field => field.ToString("X8", CultureInfo.InvariantCulture)));
        output.Write(Encoding.ASCII.GetBytes(head));
        output.Write(text);
        Pad(head.Length + text.Length);
        output.Write(content);
        Pad(content.Length);
    }

    private void Pad(int length)
    {
        for (var i = length; i % 4 != 0; i++)
            output.WriteByte(0);
    }
}
