using System.Runtime.InteropServices;

namespace Harness.Core.Journaling;

/// <summary>
/// What a run's folder may consist of: files and folders. It may come from anywhere, and a link in it would have another file read
/// as a table, or overwritten as a report; a pipe would hold up whoever reads it.
/// </summary>
public static partial class PlainFolder
{
    private const int FileTypeMask = 0xF000, RegularFile = 0x8000, Folder = 0x4000;

    // linux/stat.h: the same for every architecture, unlike struct stat.
    private const int CurrentFolder = -100, NoFollow = 0x100, StatxSize = 256, ModeOffset = 28;

    /// <summary>Looks at everything below <paramref name="root"/>, which itself may be a link: it is what the user named.</summary>
    /// <exception cref="HarnessException">Something there is neither a file nor a folder, or cannot be looked at; it is named.</exception>
    public static void Require(string root)
    {
        try
        {
            var everything = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0, IgnoreInaccessible = false };
            foreach (var entry in new DirectoryInfo(root).EnumerateFileSystemInfos("*", everything))
            {
                Check(entry);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HarnessException($"{root}: cannot be read ({e.Message.ReplaceLineEndings(" ")})", e);
        }
    }

    /// <summary>Looks at one file of a folder, and at the folders that lead to it.</summary>
    /// <exception cref="HarnessException">One of them is neither a file nor a folder; it is named.</exception>
    public static void RequireFile(string root, string path)
    {
        var at = root;
        foreach (var part in Path.GetRelativePath(root, path).Split(Path.DirectorySeparatorChar))
        {
            at = Path.Combine(at, part);
            Check(new FileInfo(at));
        }
    }

    private static void Check(FileSystemInfo entry)
    {
        if (entry.LinkTarget is not null)
        {
            throw new HarnessException($"{entry.FullName}: is a link; a run's folder holds files and folders only: remove it, or get the run again from where it came");
        }

        if (OperatingSystem.IsLinux() && !IsFileOrFolder(entry.FullName))
        {
            throw new HarnessException($"{entry.FullName}: is neither a file nor a folder; a run's folder holds nothing else: remove it, or get the run again from where it came");
        }
    }

    private static bool IsFileOrFolder(string path)
    {
        Span<byte> status = stackalloc byte[StatxSize];
        // What has gone in the meantime is no danger to anybody.
        return Statx(CurrentFolder, path, NoFollow, 1, status) != 0
            ? !Path.Exists(path)
            : (MemoryMarshal.Read<ushort>(status[ModeOffset..]) & FileTypeMask) is RegularFile or Folder;
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, Span<byte> status);
}
