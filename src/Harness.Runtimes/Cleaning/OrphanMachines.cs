using System.Runtime.Versioning;
using Harness.Host.Paths;
using Harness.Host.Processes;
using Harness.Sandboxes.Machines;

namespace Harness.Runtimes.Cleaning;

/// <summary>Virtual machines whose harness and guard were both killed.</summary>
[SupportedOSPlatform("linux")]
internal static class OrphanMachines
{
    /// <summary>Ends them and returns their names.</summary>
    internal static async Task<ImmutableArray<string>> EndAsync(EnginePaths paths, CancellationToken cancellation)
    {
        var orphans = ProcessTable.All().Select(process => (Process: process, Name: Name(process.Id, paths))).Where(pair => pair.Name is not null).ToImmutableArray();
        foreach (var (process, _) in orphans)
            ProcessTable.Signal(process, Native.SigKill);
        await ProcessTable.WaitGoneAsync([.. orphans.Select(pair => pair.Process)], TimeSpan.FromSeconds(10), cancellation);
        return [.. orphans.Select(pair => pair.Name!)];
    }

    // Three marks together: the program, a name whose owner is dead, and a first file system in this cache's own temporary folder.
    private static string? Name(int process, EnginePaths paths)
    {
        var arguments = ProcessTable.Arguments(process);
        if (arguments is not [var program, ..] || Path.GetFileName(program) != QemuRuntime.Tool.Program
            || After(arguments, "-name") is not { } name || MachineName.OwnerOf(name) is not { } owner
            || After(arguments, "-initrd")?.StartsWith(paths.Temporary + Path.DirectorySeparatorChar, StringComparison.Ordinal) != true)
        {
            return null;
        }

        // In another namespace the owner has another number than the one in the name.
        return IsOfThisNamespace(process) && !ProcessTable.IsAlive(owner) ? name : null;
    }

    private static string? After(ImmutableArray<string> arguments, string option) =>
        arguments.IndexOf(option) is >= 0 and var at && at + 1 < arguments.Length ? arguments[at + 1] : null;

    private static bool IsOfThisNamespace(int process)
    {
        try
        {
            return new FileInfo($"/proc/{process}/ns/pid").LinkTarget is { } link && link == new FileInfo("/proc/self/ns/pid").LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Somebody else's, or gone.
            return false;
        }
    }
}
