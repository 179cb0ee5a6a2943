using System.Diagnostics;
using System.Globalization;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Core.Running;

namespace Harness.Benchmarks.Engine;

/// <summary>The probe <c>syscalls</c> of syscall-surface in one container under the engine's defaults, as a run carries it out.</summary>
internal sealed class SweepCell
{
    private const string HostId = "benchmark";
    private const string Probe = "syscalls";

    private readonly ExperimentsFolder _definitions;
    private readonly ExperimentDefinition _experiment;
    private readonly Plan _plan;

    /// <summary>Plans it.</summary>
    internal SweepCell(ExperimentsFolder definitions)
    {
        _definitions = definitions;
        var whole = definitions.Find("syscall-surface");
        _experiment = whole with { Probes = [.. whole.Probes.Where(probe => probe.Id == Probe)], Repeat = 1 };
        _plan = Planner.Make([_experiment], definitions.Catalogue, new PlanOptions
        {
            Seed = 1,
            Repeat = 1,
            KnownKernels = definitions.Kernels,
            Filters = [$"{ProbeMatrix.Userland}|host|docker/runc||"],
        });
    }

    /// <summary>What a container may use.</summary>
    internal Limits Limits => _experiment.Limits;

    /// <summary>Calls that came back in the last pass.</summary>
    internal int Calls { get; private set; }

    /// <summary>The whole cell, from opening the journal to the last row.</summary>
    /// <exception cref="HarnessException">The sweep was not carried out: then its time says nothing.</exception>
    internal async Task<TimeSpan> MeasureAsync(IReadOnlyList<IRuntime> runtimes, CancellationToken cancellation) => (await RunAsync(runtimes, cancellation)).Cell;

    /// <summary>The sweep alone, by its own clock, without what it waited for calls that do not come back.</summary>
    /// <exception cref="HarnessException">The sweep was not carried out, or not whole.</exception>
    internal async Task<TimeSpan> MeasureSweepAsync(IReadOnlyList<IRuntime> runtimes, CancellationToken cancellation)
    {
        var (_, readings) = await RunAsync(runtimes, cancellation);
        var calls = readings.Where(reading => reading.Metric == "syscall").Select(reading => reading.Text!).ToArray();
        Calls = calls.Count(call => call.Contains(" class=returned ", StringComparison.Ordinal));
        var waited = calls.Where(call => call.Contains(" class=blocked ", StringComparison.Ordinal))
            .Sum(call => long.Parse(call[(call.LastIndexOf(" ns=", StringComparison.Ordinal) + 4)..], CultureInfo.InvariantCulture));
        return readings.FirstOrDefault(reading => reading.Metric == "sweep_ns") is { Value: { } whole } && Calls > 0
            ? TimeSpan.FromMicroseconds((double)(whole - waited) / 1000)
            : throw new HarnessException("the sweep did not report its duration");
    }

    private async Task<(TimeSpan Cell, ImmutableArray<Observation> Readings)> RunAsync(IReadOnlyList<IRuntime> runtimes, CancellationToken cancellation)
    {
        var folder = new RunFolder(Directory.CreateTempSubdirectory("harness-benchmark-").FullName);
        try
        {
            var outcomes = new Kept();
            var watch = Stopwatch.StartNew();
            using (var journal = Journal.Open(folder, HostId))
            {
                var runner = new Runner(runtimes, [_experiment], new ProbeFiles(_definitions.Root), journal, outcomes, new RunnerOptions(1, null, TimeProvider.System));
                await runner.RunAsync(_plan, cancellation);
            }

            watch.Stop();
            return outcomes.Only is { Outcome: Outcome.Ok } result
                ? (watch.Elapsed, result.Observations)
                : throw new HarnessException($"the sweep was not carried out: {outcomes.Only?.Outcome.Text()}: {outcomes.Only?.Detail}");
        }
        finally
        {
            Directory.Delete(folder.Root, recursive: true);
        }
    }

    /// <summary>Keeps the one trial.</summary>
    private sealed class Kept : IRunObserver
    {
        internal TrialResult? Only { get; private set; }

        public void Begin(int planned, int committed)
        {
        }

        public void Message(string text)
        {
        }

        public void Committed(TrialResult result) => Only = result;
    }
}
