using System.Runtime.Versioning;
using Harness.Core.Planning;
using Harness.Host.Paths;
using Harness.Host.Processes;

namespace Harness.Engines.PrivateEngine;

/// <summary>
/// Finds what the private daemon's family left, by the paths that only it uses: processes by their arguments,
/// mounts by their target. Call only while holding the daemon's mutex.
/// </summary>
[SupportedOSPlatform("linux")]
internal static class DaemonSweep
{
    private static readonly ImmutableArray<string> Family = ["dockerd", "containerd", "containerd-shim", "docker-", "exe", .. KnownRuntimes.Oci.Select(runtime => runtime.Tool!.Value.Program)];

    /// <summary>The living daemons of these paths by program: <c>dockerd</c> or <c>containerd</c>.</summary>
    internal static ImmutableArray<ProcessEntry> Daemons(EnginePaths paths, string program) =>
        [.. Members(paths).Where(member => member.Program == program).Select(member => member.Process)];

    /// <summary>Whether processes, mounts or a socket of the daemon are there.</summary>
    internal static bool AnythingLeft(EnginePaths paths) =>
        File.Exists(paths.Socket) || File.Exists(paths.PidFile) || Members(paths).Any() || AnyMount(paths) || DaemonBridge.Exists(paths);

    /// <summary>Ends every process of the family, each with its descendants: a shim's containers are its children. Returns how many.</summary>
    internal static int EndProcesses(EnginePaths paths)
    {
        // Daemons first, else they would start or report what is being ended.
        var members = Members(paths).OrderByDescending(member => member.Program == "dockerd").ThenByDescending(member => member.Program == "containerd").ToList();
        foreach (var member in members)
        {
            if (member.Program is "dockerd" or "containerd")
                ProcessTable.Signal(member.Process, Native.SigKill);
            else
                ProcessTable.KillTree(member.Process);
        }

        return members.Count;
    }

    /// <summary>Unmounts what is mounted under the daemon's folders and removes its runtime files. Returns the number of mounts.</summary>
    internal static int RemoveRemains(EnginePaths paths)
    {
        var count = MountTable.UnmountBelow(paths.Data) + MountTable.UnmountBelow(paths.Exec);
        FileTree.Delete(paths.Socket);
        FileTree.Delete(paths.PidFile);
        FileTree.Delete(paths.Exec);
        DaemonBridge.Remove(paths);
        return count;
    }

    private static bool AnyMount(EnginePaths paths) => MountTable.Below(paths.Data).Length + MountTable.Below(paths.Exec).Length > 0;

    private static IEnumerable<(string Program, ProcessEntry Process)> Members(EnginePaths paths) => Members(Family, paths.Exec, paths.ContainerdSettings);

    /// <summary>The processes of a family, by the beginnings of their programs' names, that name one of some paths in their arguments.</summary>
    internal static IEnumerable<(string Program, ProcessEntry Process)> Members(ImmutableArray<string> family, params ImmutableArray<string> paths) =>
        from process in ProcessTable.All()
        where process.Id != Environment.ProcessId
        let arguments = ProcessTable.Arguments(process.Id)
        where arguments.Length > 0
        let program = Path.GetFileName(arguments[0])
        where family.Any(name => program.StartsWith(name, StringComparison.Ordinal))
        where arguments.Any(argument => paths.Any(path => Mentions(argument, path)))
        select (program, process);

    private static bool Mentions(string argument, string path)
    {
        var at = argument.IndexOf(path, StringComparison.Ordinal);
        // "--root=PATH/…" counts, "PATH2" does not.
        return at >= 0 && (at + path.Length == argument.Length || argument[at + path.Length] == '/');
    }
}
