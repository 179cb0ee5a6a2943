using System.Runtime.Versioning;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Core.Running;
using Harness.Host.Guarding;
using Harness.Host.Paths;
using Harness.Host.Processes;
using Harness.Host.Provisioning;
using Harness.Sandboxes.Payload;

namespace Harness.Sandboxes.Direct;

/// <summary>
/// Runs the agent by an OCI runtime that the harness calls itself: <c>runc run</c> on a bundle, no engine. The bundle is made before the
/// start; the program removes the container before it ends.
/// </summary>
internal sealed class OciRuntime(RuntimeDefinition definition, EnginePaths paths, AgentFiles agents, GuardLink guard, UserlandTrees trees, Provisioner provisioner, Action<string> remark) : IRuntime
{
    private readonly Tool _tool = Tool.Of(definition).Single();

    // The program of a name may be another's, by a link or a script.
    private string? _itself;

    /// <summary>What a program calls itself: "runc version 1.1.5". Null: it says nothing of that kind.</summary>
    internal static string? Called(CommandResult version) =>
        version.ExitCode == 0 && version.Output.Split('\n')[0].Split(' ') is [var itself, "version", ..] ? itself : null;

    private static readonly TimeSpan RemovalPatience = TimeSpan.FromSeconds(20);

    /// <inheritdoc/>
    public string Engine => "";

    /// <inheritdoc/>
    public string Runtime => definition.Name;

    /// <inheritdoc/>
    public async Task<Preparation> PrepareAsync(Cell cell, IProgress<string> messages, CancellationToken cancellation)
    {
        if (cell.Kernel != "host")
            return new Preparation.Unavailable($"an OCI runtime's containers run on this host's kernel, not on '{cell.Kernel}'");
        if (DirectVariant.Reason(cell.Variant, definition) is { } reason)
            return new Preparation.Unavailable(reason);
        if (agents.Find(Machine.Architecture) is null)
            return new Preparation.Unavailable(agents.Missing(Machine.Architecture));
        await provisioner.EnsureAsync([_tool], cancellation);
        if (!OperatingSystem.IsLinux() || Machine.FindProgram(_tool.Program) is not { } program)
            return new Preparation.Unavailable($"{_tool.Program} is not installed: install {_tool.Package}, or run with --provision");
        if (ExecutableFolder.Missing(paths.Root) is { } noexec)
            return new Preparation.Unavailable(noexec);
        var resolution = await trees.ResolveAsync(cell.Userland, cancellation);
        if (resolution.Found is not { } tree)
            return new Preparation.Unavailable(resolution.Reason!);
        OciCgroups.Sweep();
        _itself ??= Called(await new Command(program, ["--version"]).RunAsync(cancellation));
        if (await DirectProof.ObstacleAsync(this, cell, tree.Digest, $"{Runtime} cannot run containers here", cancellation) is { } obstacle)
            return obstacle;
        if (definition.UnlimitedBy is { } option)
            remark($"The runtime '{definition.DirectName}' runs with {option}: memory and process limits are not enforced on its sandboxes.");
        if (DirectVariant.IsRootless(cell))
            remark($"The runtime '{definition.DirectName}' sets no limits on memory and processes for an ordinary user's containers.");
        return new Preparation.Ready(tree.Digest) { Architecture = Machine.Architecture, ShowsTreatment = true };
    }

    /// <inheritdoc/>
    public async Task<SandboxEnd> RunAsync(SandboxRequest request, IChannelSink channel, CancellationToken cancellation)
    {
        if (!OperatingSystem.IsLinux() || (await trees.ResolveAsync(request.Cell.Userland, cancellation)).Found is not { } tree
            || agents.Find(Machine.Architecture) is not { } agent || Machine.FindProgram(_tool.Program) is not { } program)
        {
            return new SandboxEnd.Failed("the cell was not prepared");
        }

        return await RunAsync(program, agent, tree, request, channel, cancellation);
    }

    [SupportedOSPlatform("linux")]
    private async Task<SandboxEnd> RunAsync(
        string program, string agent, UserlandTree tree, SandboxRequest request, IChannelSink channel, CancellationToken cancellation)
    {
        await using var folder = await SandboxFolder.CreateAsync(paths, guard, agent, request, _ => request.AgentPlan, cancellation);
        await using var bundle = await TemporaryFolder.CreateAsync(paths, guard);
        // The process id tells whose it was where a cgroup is left.
        var id = $"{OciCgroups.Prefix}{Environment.ProcessId}-{request.SandboxId}";
        var isRootless = DirectVariant.IsRootless(request.Cell);
        var config = OciBundle.Config(id, tree.Folder, folder.Path, request.Limits, request.Key, isRootless ? OciUser.Current() : null);
        await File.WriteAllTextAsync(Path.Combine(bundle.Path, "config.json"), config, cancellation);
        ImmutableArray<string> global = ["--root", Path.Combine(bundle.Path, "state"), .. definition.Arguments, .. isRootless ? definition.RootlessArguments ?? [] : []];
        var drop = DirectVariant.Prepare(request, Path.Combine(folder.Path, "agent"));
        var stamps = new Stamps();
        SandboxEnd? end = null;
        try
        {
            end = await new AgentProcess(program, [.. global, "run", "--bundle", bundle.Path, id]) { KeepsEnvironment = true, IsSandbox = false, EndStamp = Stamps.Removed }
                .RunAsync(guard, request.Deadline, channel, stamps, cancellation);
        }
        finally
        {
            // One that ended by itself has removed everything.
            if (end is not SandboxEnd.Exited { ExitCode: 0 })
                await DeleteAsync(program, global, id);
        }

        return end with { Treatment = request.Timed ? null : facts => DirectTreatment.Oci(facts, Runtime, _itself, request, drop), HostReadings = [.. end.HostReadings, .. stamps.Readings] };
    }

    private static async Task DeleteAsync(string program, ImmutableArray<string> global, string id)
    {
        using var limit = new CancellationTokenSource(RemovalPatience);
        try
        {
            // Its status says nothing: there may be no such container.
            await new Command(program, [.. global, "delete", "--force", id]).RunAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            // The guard and the next run's sweep look for what it left.
        }
    }
}
