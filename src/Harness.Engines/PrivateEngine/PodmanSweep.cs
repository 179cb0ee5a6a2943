using System.Runtime.Versioning;
using Harness.Core.Planning;
using Harness.Host.Paths;
using Harness.Host.Processes;

namespace Harness.Engines.PrivateEngine;

/// <summary>
/// Finds what the private Podman's family left, by the folder that only it uses: processes by their arguments, mounts by their target. Call only while
/// holding its mutex.
/// </summary>
[SupportedOSPlatform("linux")]
internal static class PodmanSweep
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);
    private static readonly ImmutableArray<string> Family = [PodmanServices.Program, "conmon", "exe", .. KnownRuntimes.Oci.Select(runtime => runtime.Tool!.Value.Program)];

    /// <summary>Whether processes, mounts or a socket of it are there.</summary>
    internal static bool AnythingLeft(PodmanPaths paths) =>
        Members(paths).Any() || !MountTable.Below(paths.Folder).IsEmpty || Directory.Exists(paths.Temporary) || Sockets(paths).Any();

    /// <summary>Whether the process of a runtime's service lives, be it silent.</summary>
    internal static bool HasService(PodmanPaths paths, string runtime) =>
        Members(paths).Any(member => member.Program == PodmanServices.Program && ProcessTable.Arguments(member.Process.Id).Contains("unix://" + paths.Socket(runtime)));

    /// <summary>Asks the services to end, and makes them.</summary>
    internal static async Task EndServicesAsync(PodmanPaths paths, CancellationToken cancellation)
    {
        ImmutableArray<ProcessEntry> services = [.. Members(paths).Where(member => member.Program == PodmanServices.Program).Select(member => member.Process)];
        foreach (var service in services)
            ProcessTable.Signal(service, Native.SigTerm);
        await ProcessTable.WaitGoneAsync(services, Patience, cancellation);
    }

    /// <summary>Ends every process of the family, each with its descendants: a conmon's container is its child.</summary>
    internal static void EndProcesses(PodmanPaths paths)
    {
        // What a conmon starts at its container's end is a member that was not there before.
        for (var pass = 0; pass < 3 && Members(paths).OrderByDescending(member => member.Program == PodmanServices.Program).ToList() is { Count: > 0 } members; pass++)
        {
            foreach (var (_, process) in members)
                ProcessTable.KillTree(process);
        }
    }

    /// <summary>Unmounts what is mounted below its folder, and removes its runtime files; images stay.</summary>
    internal static void RemoveRemains(PodmanPaths paths)
    {
        MountTable.UnmountBelow(paths.Folder);
        foreach (var socket in Sockets(paths))
            FileTree.Delete(socket);
        FileTree.Delete(paths.Run);
        FileTree.Delete(paths.Temporary);
        FileTree.Delete(paths.States);
    }

    private static IEnumerable<string> Sockets(PodmanPaths paths) => KnownRuntimes.Oci.Select(runtime => paths.Socket(runtime.Name)).Where(File.Exists);

    private static IEnumerable<(string Program, ProcessEntry Process)> Members(PodmanPaths paths) => DaemonSweep.Members(Family, paths.Folder);
}
