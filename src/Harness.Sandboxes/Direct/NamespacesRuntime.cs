using System.Runtime.Versioning;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Core.Running;
using Harness.Host.Guarding;
using Harness.Host.Paths;
using Harness.Host.Processes;
using Harness.Sandboxes.Payload;

namespace Harness.Sandboxes.Direct;

/// <summary>
/// Runs the agent in namespaces of its own (mount, UTS, IPC, PID, network, cgroup) on a userland's folder, by a program of three
/// kilobytes: what a container costs the kernel, without any container program. A short seccomp filter, no cgroup limits.
/// </summary>
internal sealed class NamespacesRuntime(EnginePaths paths, AgentFiles agents, GuardLink guard, UserlandTrees trees, Action<string> remark) : IRuntime
{
    /// <inheritdoc/>
    public string Engine => "";

    /// <inheritdoc/>
    public string Runtime => "namespaces";

    /// <inheritdoc/>
    public async Task<Preparation> PrepareAsync(Cell cell, IProgress<string> messages, CancellationToken cancellation)
    {
        if (cell.Kernel != "host")
            return new Preparation.Unavailable($"namespaces belong to the host's own kernel, not to '{cell.Kernel}'");
        if (DirectVariant.Reason(cell.Variant, KnownRuntimes.Of(cell)) is { } reason)
            return new Preparation.Unavailable(reason);
        if (agents.Find(Machine.Architecture) is null || agents.FindProgram(Launcher, Machine.Architecture) is null)
            return new Preparation.Unavailable($"{agents.Missing(Machine.Architecture)}, or not the program '{Launcher}'");
        if (ExecutableFolder.Missing(paths.Root) is { } noexec)
            return new Preparation.Unavailable(noexec);
        var resolution = await trees.ResolveAsync(cell.Userland, cancellation);
        if (resolution.Found is not { } tree)
            return new Preparation.Unavailable(resolution.Reason!);
        if (!OperatingSystem.IsLinux())
            return new Preparation.Unavailable("namespaces are Linux's");
        if (await DirectProof.ObstacleAsync(this, cell, tree.Digest, "namespaces cannot be made here", cancellation) is { } obstacle)
            return obstacle;
        remark("The runtime 'namespaces' enforces no memory and process limits and has a short seccomp filter instead of an engine's profile.");
        return new Preparation.Ready(tree.Digest) { Architecture = Machine.Architecture, ShowsTreatment = true };
    }

    /// <inheritdoc/>
    public async Task<SandboxEnd> RunAsync(SandboxRequest request, IChannelSink channel, CancellationToken cancellation)
    {
        if (!OperatingSystem.IsLinux() || (await trees.ResolveAsync(request.Cell.Userland, cancellation)).Found is not { } tree
            || agents.Find(Machine.Architecture) is not { } agent || agents.FindProgram(Launcher, Machine.Architecture) is not { } launcher)
        {
            return new SandboxEnd.Failed("the cell was not prepared");
        }

        return await RunAsync(launcher, agent, tree, request, channel, cancellation);
    }

    private const string Launcher = "namespaces";

    [SupportedOSPlatform("linux")]
    private async Task<SandboxEnd> RunAsync(
        string launcher, string agent, UserlandTree tree, SandboxRequest request, IChannelSink channel, CancellationToken cancellation)
    {
        await using var folder = await SandboxFolder.CreateAsync(paths, guard, agent, request, _ => request.AgentPlan, cancellation);
        var drop = DirectVariant.Prepare(request, Path.Combine(folder.Path, "agent"));
        var isRootless = DirectVariant.IsRootless(request.Cell);
        var stamps = new Stamps();
        var end = await new AgentProcess(launcher, [.. isRootless ? ["--rootless"] : ImmutableArray<string>.Empty, tree.Folder, folder.Path, SandboxArchive.Agent, SandboxArchive.Plan]) { IsSandbox = false, Key = request.Key }
            .RunAsync(guard, request.Deadline, channel, stamps, cancellation);
        // With process 1 its namespaces are gone.
        stamps.Mark(Stamps.Removed);
        return end with { Treatment = request.Timed ? null : facts => DirectTreatment.Namespaces(facts, isRootless, drop), HostReadings = [.. end.HostReadings, .. stamps.Readings] };
    }
}
