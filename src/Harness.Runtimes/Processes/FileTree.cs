namespace Harness.Runtimes.Processes;

/// <summary>Removes files and folders of the harness.</summary>
internal static class FileTree
{
    /// <summary>
    /// Removes a file, or a folder with everything in it; nothing where there is none. What is mounted in it is
    /// unmounted first: deleting must never reach through a mount into the machine.
    /// </summary>
    /// <exception cref="IOException">A mount in it stays.</exception>
    internal static void Delete(string path)
    {
        if (OperatingSystem.IsLinux())
        {
            MountTable.UnmountBelow(path);
            if (!MountTable.Below(path).IsEmpty)
                throw new IOException($"something is mounted in '{path}'");
        }

        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
        else if (File.Exists(path))
            File.Delete(path);
    }
}
