using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Core.Running;
using Harness.Host.Guarding;
using Harness.Host.Paths;
using Harness.Host.Processes;
using Harness.Sandboxes.Direct;
using Harness.Sandboxes.Payload;
using Harness.Sandboxes.Seccomp;

namespace Harness.Sandboxes.Plain;

/// <summary>
/// Runs the agent as a plain process of the host: no container, the host's own userland. Its programs are trusted as the harness is: nothing
/// keeps root's processes from each other there.
/// </summary>
internal sealed class HostRuntime(EnginePaths paths, AgentFiles agents, GuardLink guard) : IRuntime
{
    private readonly SymbolWitness _symbols = new(agents);

    /// <inheritdoc/>
    public string Engine => "";

    /// <inheritdoc/>
    public string Runtime => "host";

    /// <inheritdoc/>
    public Task<Preparation> PrepareAsync(Cell cell, IProgress<string> messages, CancellationToken cancellation) =>
        Task.FromResult<Preparation>(Reason(cell) is { } reason ? new Preparation.Unavailable(reason) : new Preparation.Ready("") { Architecture = Machine.Architecture, ShowsTreatment = true });

    /// <inheritdoc/>
    public async Task<SandboxEnd> RunAsync(SandboxRequest request, IChannelSink channel, CancellationToken cancellation)
    {
        if (!OperatingSystem.IsLinux() || agents.Find(Machine.Architecture) is not { } agent)
            return new SandboxEnd.Failed(Reason(request.Cell) ?? agents.Missing(Machine.Architecture));
        await using var folder = await SandboxFolder.CreateAsync(paths, guard, agent, request, path => Relocate(request.AgentPlan, path), cancellation);
        var drop = DirectVariant.Prepare(request, Path.Combine(folder.Path, "agent"));
        var stamps = new Stamps();
        var end = await new AgentProcess(Path.Combine(folder.Path, "agent"), [Path.Combine(folder.Path, "plan")]) { Key = request.Key }
            .RunAsync(guard, request.Deadline, channel, stamps, cancellation);
        // A process that was waited for is gone.
        stamps.Mark(Stamps.Removed);
        return end with { Treatment = request.Timed ? null : facts => DirectTreatment.Host(facts, drop), HostReadings = [.. end.HostReadings, .. stamps.Readings, .. _symbols.For(request, Machine.Architecture, elsewhere: null), .. ProcMounts.Readings()] };
    }

    /// <summary>The plan with its paths under <c>/.harness</c> moved to a folder: whole fields, not what a probe's text happens to hold.</summary>
    internal static string Relocate(string plan, string folder) => string.Join('\n', plan.Split('\n').Select(line =>
        string.Join('\t', line.Split('\t').Select(field =>
            field == SandboxArchive.Folder || field.StartsWith(SandboxArchive.Folder + "/", StringComparison.Ordinal)
                ? folder + field[SandboxArchive.Folder.Length..]
                : field))));

    private string? Reason(Cell cell)
    {
        if (!OperatingSystem.IsLinux())
            return "plain processes are probed on Linux only: run the harness on Linux for this cell";
        if (cell.Userland != Cell.HostUserland || cell.Kernel != "host")
            return "a plain process has the host's own userland and kernel";
        if (DirectVariant.Reason(cell.Variant, KnownRuntimes.Of(cell)) is { } reason)
            return reason;
        return agents.Find(Machine.Architecture) is null ? agents.Missing(Machine.Architecture) : ExecutableFolder.Missing(paths.Root);
    }
}
