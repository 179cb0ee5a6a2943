using System.Diagnostics;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Core.Running;

namespace Harness.Benchmarks.Engine;

/// <summary>One trial of the experiment <c>startup</c> in a container, as a run carries it out but for the pause in which it looks at the machine.</summary>
internal sealed class TimedTrial(ExperimentsFolder definitions)
{
    private static readonly Cell Where = new(ProbeMatrix.Userland, "host", "docker", "runc", "", "");

    private readonly ProbeFiles _files = new(definitions.Root);
    private IRuntime? _runtime;
    private Preparation.Ready? _ready;
    private int _block;

    /// <summary>The experiment.</summary>
    internal ExperimentDefinition Experiment { get; } = definitions.Find("startup");

    /// <summary>What a run does before its trials.</summary>
    /// <exception cref="HarnessException">The cell is not available here.</exception>
    internal async Task PrepareAsync(IReadOnlyList<IRuntime> runtimes, CancellationToken cancellation)
    {
        _runtime = runtimes.First(runtime => runtime.Engine == Where.Engine && runtime.Runtime == Where.Runtime);
        _ready = await _runtime.PrepareAsync(Where, new Progress<string>(), cancellation) switch
        {
            Preparation.Ready ready => ready,
            Preparation.Unavailable unavailable => throw new HarnessException(unavailable.Reason),
            _ => throw new UnreachableException(),
        };
    }

    /// <summary>One trial.</summary>
    /// <exception cref="HarnessException">It was not measured: then its time says nothing.</exception>
    internal async Task<TimeSpan> MeasureAsync(CancellationToken cancellation)
    {
        var probe = Experiment.Probes.First(probe => probe.Kind == ProbeKind.Builtin);
        var trial = new PlannedTrial(Experiment.Id, Where, probe.Id, ++_block, 1, Warmup: false);
        var watch = Stopwatch.StartNew();
        var sandbox = new SandboxRun(_runtime!, _ready!, [trial], Experiment, _files, new RunnerOptions(1, null, TimeProvider.System));
        await sandbox.RunAsync(cancellation);
        var result = sandbox.Results([])[0];
        watch.Stop();
        return result.Outcome == Outcome.Ok ? watch.Elapsed : throw new HarnessException($"the timed trial was not measured: {result.Outcome}, {result.Detail}");
    }
}
