using System.Diagnostics;
using Harness.Benchmarks.Measuring;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Core.Planning;
using Harness.Core.Running;

namespace Harness.Benchmarks.Engine;

/// <summary>The probes of distro-matrix in one userland under one runtime, as often as asked, as a run carries them out.</summary>
public sealed class ProbeMatrix
{
    private const string HostId = "benchmark";

    private readonly ExperimentsFolder _definitions;
    private readonly Plan _plan;

    /// <summary>Plans it.</summary>
    public ProbeMatrix(ExperimentsFolder definitions, int starts)
    {
        _definitions = definitions;
        Experiment = definitions.Find("distro-matrix");
        _plan = Planner.Make([Experiment], definitions.Catalogue, new PlanOptions
        {
            Seed = 1,
            Repeat = starts,
            Userlands = [Userland],
            Runtimes = ["runc"],
            KnownKernels = definitions.Kernels,
            Kernels = [KernelDefinition.Host],
            // The host's own cell stays in every plan; here only containers count.
            Filters = ["*|docker/runc|*"],
        });
    }

    /// <summary>Small, and made without a registry: what is measured is the harness and the engine, not an image.</summary>
    public static string Userland => "busybox:static";

    /// <summary>The experiment.</summary>
    public ExperimentDefinition Experiment { get; }

    /// <summary>Probes carried out in one pass.</summary>
    public int Checks => _plan.Trials.Count();

    /// <summary>Checks that ended well in the last pass.</summary>
    public int Passed { get; private set; }

    /// <summary>One pass into a folder of its own, from opening the journal to the last row.</summary>
    /// <exception cref="HarnessException">A trial was not measured: then its time says nothing.</exception>
    public async Task<TimeSpan> MeasureAsync(IReadOnlyList<IRuntime> runtimes, int parallel, CancellationToken cancellation)
    {
        var folder = new RunFolder(Directory.CreateTempSubdirectory("harness-benchmark-").FullName);
        try
        {
            var outcomes = new OutcomeWatch();
            var watch = Stopwatch.StartNew();
            using (var journal = Journal.Open(folder, HostId))
            {
                var runner = new Runner(
                    runtimes, [Experiment], new ProbeFiles(_definitions.Root), journal, outcomes, new RunnerOptions(parallel, null, TimeProvider.System));
                await runner.RunAsync(_plan, cancellation);
            }

            watch.Stop();
            outcomes.Check();
            Passed = outcomes.Passed;
            return watch.Elapsed;
        }
        finally
        {
            Directory.Delete(folder.Root, recursive: true);
        }
    }
}
