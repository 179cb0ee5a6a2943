using System.Diagnostics;

namespace Harness.Host.Processes;

/// <summary>Removes files and folders of the harness.</summary>
internal static class FileTree
{
    /// <summary>
    /// Removes a file, or a folder with everything in it; nothing where there is none. What is mounted in it is
    /// unmounted first: deleting must never reach through a mount into the host.
    /// </summary>
    /// <exception cref="IOException">A mount in it stays, or a part of it does.</exception>
    internal static void Delete(string path)
    {
        if (OperatingSystem.IsLinux())
        {
            MountTable.UnmountBelow(path);
            if (!MountTable.Below(path).IsEmpty)
                throw new IOException($"something is mounted in '{path}'");
        }

        // A link goes; what it points at is not the harness's.
        if (Directory.Exists(path) && new DirectoryInfo(path).LinkTarget is null)
            DeleteFolder(path);
        else if (File.Exists(path) || new FileInfo(path).LinkTarget is not null)
            File.Delete(path);
    }

    private static void DeleteFolder(string path)
    {
        try
        {
            Directory.Delete(path, recursive: true);
        }
        // Images hold names that are not UTF-8, which .NET cannot say: it does not find the file that it has just listed.
        catch (Exception e) when (OperatingSystem.IsLinux() && e is IOException or UnauthorizedAccessException)
        {
            if (!Directory.Exists(path))
                return;
            var error = Remove(["-rf", "--one-file-system", "--", path]);
            if (!Directory.Exists(path))
                return;
            // Not every rm knows the option; that nothing is mounted here was seen above.
            if (error.Contains("one-file-system", StringComparison.Ordinal))
                error = Remove(["-rf", "--", path]);
            if (Directory.Exists(path))
                throw new IOException($"'{path}' cannot be removed ({(error.Length > 0 ? error : e.Message)}): remove it by hand", e);
        }
    }

    // What rm says on standard error, one line. Some of an ordinary user's files belong to the ids that the user's namespaces have.
    private static string Remove(string[] arguments)
    {
        var rm = new Command(Machine.FindProgram("rm") ?? "/bin/rm", [.. arguments]);
        var error = Run(rm);
        return error.Length > 0 && !Machine.IsLinuxRoot && Run(UserNamespace.AsRoot(rm)).Length == 0 ? "" : error;
    }

    private static string Run(Command command)
    {
        using var process = Process.Start(new ProcessStartInfo(command.Program, command.Arguments)
        {
            RedirectStandardError = true,
            Environment = { ["LC_ALL"] = "C" },
        })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return error.Split('\n', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault() ?? "";
    }
}
