using System.Diagnostics;
using System.Globalization;
using Harness.Benchmarks.Measuring;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Core.Planning;
using Harness.Core.Running;

namespace Harness.Benchmarks.Machines;

/// <summary>Cells of legacy-userland that are virtual machines, carried out as a run does, one to four at a time.</summary>
public sealed class FleetBenchmark(ExperimentsFolder definitions, IProgress<string> messages) : IBenchmark
{
    private const int Most = 4;

    /// <inheritdoc/>
    public string Name => "cells";

    /// <inheritdoc/>
    public string What => "cells of legacy-userland a minute";

    /// <inheritdoc/>
    public async Task<ImmutableArray<ResultRow>> RunAsync(Rounds rounds, CancellationToken cancellation)
    {
        await using var machines = await MachineSubjects.OpenAsync(definitions, messages, cancellation);
        var experiment = definitions.Find("legacy-userland");
        var plan = Planner.Make([experiment], definitions.Catalogue, new PlanOptions
        {
            Seed = 1,
            KnownKernels = definitions.Kernels,
            Accelerator = "tcg",
            Repeat = 1,
            Filters = [$"busybox:static|{MachineSubjects.Kernel}|/qemu|*", $"synthetic-legacy:bash|{MachineSubjects.Kernel}|/qemu|*"],
        });
        plan = plan with { Sandboxes = [.. plan.Sandboxes.Where(sandbox => sandbox.Cell.Runtime == "qemu")] };
        var cells = plan.Sandboxes.Length;
        ImmutableArray<int> parallel = [.. Enumerable.Range(1, Most)];
        var series = await rounds.MeasureAsync(
            [.. parallel.Select(count => new Subject(Series(count), cells, token => MeasureAsync(machines, experiment, plan, count, token)))],
            cancellation);
        return
        [
            .. parallel.Select(count => ResultRow.Of(Name, $"{What}, {count} at a time", "/min", Summary.Of([.. series[Series(count)].Select(seconds => cells * 60 / seconds)]))),
            .. parallel.Skip(1).Select(count => ResultRow.Of(Name, $"{count} at a time, over one", "", Summary.OfRatio(series[Series(1)], series[Series(count)]))),
        ];
    }

    private static string Series(int count) => string.Create(CultureInfo.InvariantCulture, $"{count}-at-a-time");

    private async Task<TimeSpan> MeasureAsync(MachineSubjects machines, ExperimentDefinition experiment, Plan plan, int parallel, CancellationToken cancellation)
    {
        var folder = new RunFolder(Directory.CreateTempSubdirectory("harness-benchmark-").FullName);
        try
        {
            var outcomes = new OutcomeWatch();
            var watch = Stopwatch.StartNew();
            using (var journal = Journal.Open(folder, "benchmark"))
            {
                await new Runner(
                    machines.Runtimes, [experiment], new ProbeFiles(definitions.Root), journal, outcomes, new RunnerOptions(parallel, null, TimeProvider.System)).RunAsync(plan, cancellation);
            }

            watch.Stop();
            outcomes.Check();
            return watch.Elapsed;
        }
        finally
        {
            Directory.Delete(folder.Root, recursive: true);
        }
    }
}
