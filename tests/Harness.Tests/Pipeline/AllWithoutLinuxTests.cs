using System.Collections.Immutable;
using System.Text;
using Harness.Analysis.Judging;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Core.Protocol;
using Harness.Core.Running;
using Harness.Instruments;
using Harness.Sandboxes.Containers;
using Harness.Tests.Analysis;
using Harness.Tests.Products;

namespace Harness.Tests.Pipeline;

/// <summary>
/// <c>all --quick</c> as macOS and Windows have it: every shipped experiment, no fact of Linux, an engine that answers as Docker Desktop does. What needs Linux
/// has a row that says so, what goes through the engine is measured, and no experiment's SQL needs the rows that are not there.
/// </summary>
public sealed class AllWithoutLinuxTests
{
    private const string Reason = "plain processes are probed on Linux only: run the harness on Linux for this cell";

    private static readonly ExperimentsFolder _experiments = ExperimentsFolder.Read(Path.Combine(RunBuilder.Repository, "experiments"));

    // What looks at processes of the host, and what wants an engine of the harness's own.
    private static readonly ImmutableArray<ProbeKind> _driven = [ProbeKind.Fleet, ProbeKind.Pull];

    [Theory]
    [InlineData("Docker Desktop on a Mac", "macOS")]
    [InlineData("Docker Desktop on Windows", "Windows")]
    public async Task Everything_through_the_engine_is_measured_the_rest_says_why_not_and_C6_is_judged(string recorded, string spoken)
    {
        using var run = new Scenario
        {
            Experiment = _experiments.Experiments[0],
            More = _experiments.Experiments.RemoveAt(0),
            Userlands = _experiments.Catalogue,
            Options = new PlanOptions { Seed = 1, Quick = true, Repeat = 1, KnownKernels = _experiments.Kernels },
            Drivers = [new BenchmarkDriver()],
        };
        Copy(Path.Combine(RunBuilder.Repository, "experiments", "probes"), Path.Combine(run.Root, "probes"));
        var runtimes = run.Plan().Sandboxes.Select(sandbox => (sandbox.Cell.Engine, sandbox.Cell.Runtime)).Distinct().ToList();

        await run.RunAsync([.. runtimes.Select(name => name.Engine == RuntimeNames.Docker ? Engine(name.Runtime, RecordedEngine.Of(recorded)) : Without(name.Engine, name.Runtime))]);

        Assert.Contains(run.Results, result => result.Trial.Cell.Runtime == "host");
        Assert.Contains(run.Results, result => result.Trial.Cell.Runtime == "qemu");
        Assert.All(run.Results.Where(result => result.Trial.Cell.Engine != RuntimeNames.Docker), result =>
        {
            Assert.Equal(Outcome.Unavailable, result.Outcome);
            Assert.NotEmpty(result.Detail);
        });
        Assert.All(run.Results.Where(result => result.Trial.Cell.Engine == RuntimeNames.Docker && !IsDriven(result)), result => Assert.True(result.Outcome == Outcome.Ok, $"{result.Trial.Experiment} {result.Trial.Cell.Name}: {result.Outcome} {result.Detail}"));
        var verdicts = Verdicts(run);
        Assert.Equal(_experiments.Experiments.Select(experiment => experiment.Id), verdicts.Select(row => row.Experiment).Distinct().Order(StringComparer.Ordinal));
        var vm = verdicts.Single(row => row is { Claim: "C6", Scope: "" });
        Assert.Equal("supported", vm.Verdict);
        Assert.EndsWith("seen from " + spoken, vm.Headline, StringComparison.Ordinal);
    }

    private static bool IsDriven(TrialResult result) =>
        _driven.Contains(_experiments.Find(result.Trial.Experiment).Probes.Single(probe => probe.Id == result.Trial.Probe).Kind);

    private static FakeRuntime Without(string engine, string runtime) => new(engine, runtime) { OnPrepare = _ => new Preparation.Unavailable(Reason) };

    // Whatever is asked ends well; the agent's own probe of the kernel reads a Linux one. No reading is of the harness's own kernel.
    private static FakeRuntime Engine(string runtime, RecordedEngine engine) => new(RuntimeNames.Docker, runtime)
    {
        OnPrepare = _ => new Preparation.Ready("sha256:fake") { Architecture = "x86_64" },
        OnRun = sandbox =>
        {
            sandbox.Hello();
            var probes = sandbox.Request.AgentPlan.Split('\n').Where(line => line.StartsWith("probe\t", StringComparison.Ordinal)).ToList();
            for (ushort index = 0; index < probes.Count; index++)
            {
                var isKernel = probes[index].EndsWith("\tbuiltin\tkernel", StringComparison.Ordinal);
                sandbox.Probe(index, isKernel ? [Text(index, "boot_id", "7d410e2f-85f5-4042-b10e-8fb4ffa457e1"), Text(index, "sysname", "Linux"), Text(index, "release", engine.Engine.KernelVersion ?? "6.1.0")] : []);
            }

            sandbox.Bye();
            return Task.FromResult<SandboxEnd>(new SandboxEnd.Exited(0, false) { HostReadings = EngineReadings.Of(engine.Client, 8L << 30, engine.Engine, engine.Endpoint, "the engine is not on this host") });
        },
    };

    private static TextFrame Text(ushort index, string metric, string text) => new(index, metric, "", new RawBytes(Encoding.UTF8.GetBytes(text)));

    private static ImmutableArray<VerdictRow> Verdicts(Scenario run)
    {
        DefinitionsCopy.Write(_experiments, _experiments.Experiments, [], run.Folder);
        new PlanFile
        {
            RunId = run.Folder.RunId,
            HostId = Scenario.HostId,
            Seed = 1,
            Quick = true,
            CreatedAtUtc = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
            ToolVersion = "0.1.0",
            Arguments = ["all", "--quick"],
            Experiments = [.. _experiments.Experiments.Select(experiment => experiment.Id)],
            Trials = PlanFile.Rows(run.Plan(), Scenario.HostId),
        }.Write(run.Folder);
        return Judged.Verdicts(run.Folder);
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (var folder in Directory.EnumerateDirectories(from))
            Copy(folder, Path.Combine(to, Path.GetFileName(folder)));
    }
}
