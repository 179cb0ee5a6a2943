using System.Diagnostics;
using System.Runtime.Versioning;
using Harness.Core.Protocol;
using Harness.Host.Paths;
using Harness.Host.Processes;

namespace Harness.Sandboxes.Treatments;

/// <summary>What this machine shows of a container while it runs: who stands by it, which runtime that ran, and what that keeps. Not the engine's word.</summary>
/// <param name="Program">The OCI runtime's program, as the shim or conmon runs it; empty: the shim is one itself.</param>
/// <param name="Shim">What the shim is called: <c>runc</c> for one that runs any program, as conmon does.</param>
/// <param name="State">Whose state lies in the runtime's folder: <c>runc</c>, <c>crun</c>, <c>runsc</c>, or null.</param>
/// <param name="Image">Whether the layers at its root are the image's; null where that cannot be told.</param>
internal sealed record ContainerLook(string Program, string Shim, string? State, Word? Image)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    /// <summary>Who stands by the container: the engine's shim, or conmon.</summary>
    internal string Stander { get; init; } = "the shim";

    /// <summary>The name of the runtime that ran, from its program's.</summary>
    internal string Runtime => Shim != "runc" ? Shim : Path.GetFileName(Program);

    /// <summary>Who says so.</summary>
    internal string Witness => $"{Stander}'s command line{(State is null ? "" : " and the runtime's state folder")}";

    /// <summary>
    /// Waits until there is a shim or a conmon whose container is the one with a channel's key, and looks at it. Null: it ended before, or nothing of
    /// it is to be seen here.
    /// </summary>
    [SupportedOSPlatform("linux")]
    internal static async Task<ContainerLook?> TakeAsync(ChannelKey key, string image, CancellationToken ended)
    {
        var began = Stopwatch.GetTimestamp();
        try
        {
            while (Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(30))
            {
                foreach (var process in ProcessTable.All())
                {
                    if (Bundle(process.Id) is { } bundle && IsTrusted(process.Id) && bundle.Config() is { } config && config.Contains(key.ToHex(), StringComparison.Ordinal)
                        && bundle.Look(config, image) is { } look)
                    {
                        return look;
                    }
                }

                await Task.Delay(Pause, ended);
            }
        }
        catch (OperationCanceledException)
        {
            // It has ended.
        }

        return null;
    }

    /// <summary>The container that a process stands by, by its command line; null where it stands by none.</summary>
    private static IContainerBundle? Bundle(int process) =>
        ProcessTable.Arguments(process) is not { IsEmpty: false } arguments ? null
        : (IContainerBundle?)ShimBundle.Of(process, arguments) ?? ConmonBundle.Of(process, arguments);

    // A program in a container, or of another user, can call itself a shim and stand in a folder of its making: what lies there would be read
    // with the harness's rights, without an end if it likes. A container has a PID namespace of its own; an engine's shim has none.
    [SupportedOSPlatform("linux")]
    internal static bool IsTrusted(int process) =>
        ProcFile.Link($"/proc/{process}/ns/pid") is { } space && space == ProcFile.Link("/proc/self/ns/pid") && OwnedPath.IsOwnOrRoots($"/proc/{process}");
}

/// <summary>A container's files, as the process that stands by it sees them.</summary>
internal interface IContainerBundle
{
    /// <summary>What its runtime was told to make; null where it is not there.</summary>
    string? Config();

    /// <summary>Looks at it; null as long as its first process is not there.</summary>
    /// <param name="config">What its runtime was told to make.</param>
    /// <param name="image">The image's id.</param>
    ContainerLook? Look(string config, string image);
}
