using System.Collections.Immutable;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Core.Running;

namespace Harness.Tests.Pipeline;

/// <summary>A run through the real planner, runner and journal in a temporary folder, on fake runtimes.</summary>
public sealed class Scenario : IDisposable, IRunObserver
{
    public const string HostId = "feedfacecafe";

    public Scenario()
    {
        Root = Directory.CreateTempSubdirectory("harness-test-").FullName;
        Folder = new RunFolder(Path.Combine(Root, "run-1"));
        File.WriteAllText(Path.Combine(Root, "shell.sh"), "echo shell_says=hello\n");
    }

    public string Root { get; }

    public RunFolder Folder { get; }

    public ExperimentDefinition Experiment { get; init; } = Definition();

    /// <summary>What the experiments can name.</summary>
    public UserlandCatalogue Userlands { get; init; } = Catalogue;

    /// <summary>Experiments beside <see cref="Experiment"/>.</summary>
    public ImmutableArray<ExperimentDefinition> More { get; init; } = [];

    public PlanOptions Options { get; init; } = new() { Seed = 1 };

    public int Parallel { get; init; } = 4;

    public IMachineConditions? Conditions { get; init; }

    public ImmutableArray<ITrialDriver> Drivers { get; init; } = [];

    public Func<Cell, string?> Refusal { get; init; } = _ => null;

    public Func<string, bool> IsStandIn { get; init; } = _ => false;

    /// <summary>Userlands as they are released, each with the number of rows that it had by then.</summary>
    public List<(string Userland, int Rows)> Released { get; } = [];

    public List<TrialResult> Results { get; } = [];

    public int AlreadyCommitted { get; private set; }

    public static UserlandCatalogue Catalogue { get; } = new(
    [
        new UserlandDefinition { Id = "a:1", Images = ["a:1"] },
        new UserlandDefinition { Id = "b:2", Images = ["b:2"] },
    ]);

    public static ExperimentDefinition Definition(bool timed = false, int blocks = 1, int repeat = 1, int warmup = 0) => new()
    {
        Id = "sample",
        Title = "A sample",
        Claims = ["C1"],
        Timed = timed,
        Matrix = new MatrixDefinition(["a:1", "b:2"], ["host"], ["host", "runc"], [""], []),
        Probes =
        [
            new ProbeDefinition("kernel", ProbeKind.Builtin, ["kernel"], null, "asks the kernel"),
            new ProbeDefinition("shell", ProbeKind.Script, ["shell.sh"], null, "asks a shell"),
        ],
        Metrics =
        [
            new MetricDefinition("release", MetricType.Text, "", "release"),
            new MetricDefinition("btime", MetricType.Number, "s", "boot"),
            new MetricDefinition("shell_says", MetricType.Text, "", "words"),
            ExperimentReader.Unavailable,
        ],
        Blocks = blocks,
        Repeat = repeat,
        Warmup = warmup,
        Timeout = TimeSpan.FromSeconds(5),
        Limits = new Limits(1 << 20, 16, 4096),
        Quick = new QuickDefinition(1, null, null, ["a:1"], null, null, null),
        Figures = [],
        Folder = "",
    };

    public Plan Plan() => Planner.Make([Experiment, .. More], Userlands, Options);

    public Task RunAsync(params IRuntime[] runtimes) => RunAsync(TestContext.Current.CancellationToken, runtimes);

    public Task RunAsync(CancellationToken cancellation, params IRuntime[] runtimes) => RunAsync(runtimes, Waves.DefaultSize, Release, cancellation);

    public Task RunAsync(IRuntime host, IRuntime other, int wave, Func<string, CancellationToken, Task> release) => RunAsync(host, other, wave, release, TestContext.Current.CancellationToken);

    public Task RunAsync(IRuntime host, IRuntime other, int wave, Func<string, CancellationToken, Task> release, CancellationToken cancellation) => RunAsync([host, other], wave, release, cancellation);

    private async Task RunAsync(IRuntime[] runtimes, int wave, Func<string, CancellationToken, Task> release, CancellationToken cancellation)
    {
        using var journal = Journal.Open(Folder, HostId);
        var runner = new Runner(runtimes, [Experiment, .. More], new ProbeFiles(Root), journal, this, new RunnerOptions(Parallel, null, TimeProvider.System) { Conditions = Conditions, Drivers = Drivers, IsStandIn = IsStandIn, Release = release, Refusal = Refusal, WaveSize = wave });
        await runner.RunAsync(Plan(), cancellation);
    }

    public TrialResult Result(string probe, string runtime = "runc", string userland = "a:1") =>
        Results.Single(result => result.Trial.Probe == probe && result.Trial.Cell.Runtime == runtime && (runtime == "host" || result.Trial.Cell.Userland == userland));

    void IRunObserver.Begin(int planned, int committed) => AlreadyCommitted = committed;

    void IRunObserver.Message(string text)
    {
    }

    void IRunObserver.Committed(TrialResult result)
    {
        lock (Results)
        {
            Results.Add(result);
        }
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private Task Release(string userland, CancellationToken cancellation)
    {
        lock (Released)
            Released.Add((userland, Results.Count(result => result.Trial.Cell.Userland == userland)));
        return Task.CompletedTask;
    }
}
