using Harness.Analysis;
using Harness.Analysis.Comparing;
using Harness.Benchmarks.Measuring;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Core.Planning;
using Harness.Core.Running;
using Harness.Host.Facts;
using Harness.Host.Provisioning;
using Harness.Images.Userlands;
using Harness.Runs;
using Harness.Runtimes;

namespace Harness.Benchmarks.Gates;

/// <summary>
/// Real runs of the experiment <c>startup</c> that take seconds: a plain process, namespaces and runc, no engine. Nothing waits for a quiet host, and
/// nothing is left out because it was not: a shared machine's noise is what the gate is to be judged by.
/// </summary>
internal sealed class SmallRuns : IAsyncDisposable
{
    private const string Experiment = "startup", Runtime = "/runc";

    private readonly ExperimentsFolder _definitions;
    private readonly ExperimentDefinition _experiment;
    private readonly RuntimeSet _runtimes;
    private readonly RunFolders _folders;

    private SmallRuns(ExperimentsFolder definitions, int blocks, RuntimeSet runtimes, RunFolders folders)
    {
        _definitions = definitions;
        (_runtimes, _folders) = (runtimes, folders);
        var original = definitions.Find(Experiment);
        _experiment = original with
        {
            Blocks = blocks,
            Probes = [.. original.Probes.Where(probe => probe.Kind == ProbeKind.Builtin)],
            Matrix = new MatrixDefinition(["busybox:static"], [KernelDefinition.Host], ["host", "namespaces", Runtime], [""], []),
        };
    }

    /// <summary>The cell that is slowed down.</summary>
    internal static string Slowed => $"busybox:static|host|{Runtime}||";

    /// <summary>Opens the runtimes.</summary>
    internal static async Task<SmallRuns> OpenAsync(ExperimentsFolder definitions, int blocks, string folder, IProgress<string> messages, CancellationToken cancellation) => new(
        definitions, blocks,
        await RuntimeSet.CreateAsync(
            new RuntimeOptions
            {
                RunId = "benchmark-" + RunFolders.NewId(DateTimeOffset.UtcNow),
                Userlands = definitions.Catalogue.Userlands,
                AgentDirectory = Path.Combine(definitions.Root, "probes", "bin"),
                Messages = messages,
                ProvisionAllowed = Provisioner.AllowedByEnvironment,
                HarnessExecutable = HarnessProgram.Find(),
            },
            cancellation),
        new RunFolders(folder));

    /// <summary>One run, with an order of its own.</summary>
    /// <exception cref="HarnessException">A trial was not measured.</exception>
    internal async Task<ComparedRun> RunAsync(string name, ulong seed, CancellationToken cancellation)
    {
        var folder = _folders.Folder(name);
        Directory.CreateDirectory(folder.Root);
        var plan = Planner.Make([_experiment], _definitions.Catalogue, new PlanOptions { Seed = seed });
        DefinitionsCopy.Write(_definitions, [_experiment], [], folder);
        var tool = await HostFacts.ToolAsync(RunSession.Version, null, [], seed, DateTimeOffset.UtcNow, cancellation);
        var host = HostFacts.Gather(tool);
        new PlanFile
        {
            RunId = folder.RunId,
            HostId = host.HostId,
            Seed = seed,
            Quick = false,
            CreatedAtUtc = DateTimeOffset.UtcNow,
            ToolVersion = RunSession.Version,
            Arguments = [],
            Experiments = [Experiment],
            Trials = PlanFile.Rows(plan, host.HostId),
        }.Write(folder);
        EnvironmentFiles.Write(folder, host);
        var outcomes = new OutcomeWatch();
        using (var journal = Journal.Open(folder, host.HostId))
        {
            await new Runner(_runtimes.Runtimes, [_experiment], new ProbeFiles(_definitions.Root), journal, outcomes, new RunnerOptions(1, null, TimeProvider.System)).RunAsync(plan, cancellation);
        }

        outcomes.Check();
        return ComparedRun.Read(folder);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _runtimes.DisposeAsync();
}
