using System.Collections.Immutable;
using System.Text;
using Harness.Analysis.Judging;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Core.Protocol;
using Harness.Core.Running;
using Harness.Engines.Products;
using Harness.Sandboxes.Containers;
using Harness.Tests.Analysis;
using Harness.Tests.Products;

namespace Harness.Tests.Pipeline;

/// <summary>
/// A run as macOS and Windows have it: no boot id, no clock of Linux, no plain process with the agent, no VM of the harness; the engine answers as
/// Docker Desktop does. Planner, runner, journal and SQL are the real ones.
/// </summary>
public sealed class OtherSystemTests
{
    private static readonly ExperimentsFolder _experiments = ExperimentsFolder.Read(Path.Combine(RunBuilder.Repository, "experiments"));

    [Theory]
    [InlineData("Docker Desktop on a Mac", "macOS")]
    [InlineData("Docker Desktop on Windows", "Windows")]
    [InlineData("Colima", "macOS")]
    [InlineData("OrbStack", "macOS")]
    public async Task Without_any_fact_of_Linux_the_claim_is_judged_by_the_system_and_the_products_signs(string recorded, string spoken)
    {
        using var run = Run("engine-in-vm");
        var engine = RecordedEngine.Of(recorded);

        await run.RunAsync(Engine(engine), NoVm());

        Assert.All(run.Results, result => Assert.Equal(result.Trial.Cell.Engine == "docker" ? Outcome.Ok : Outcome.Unavailable, result.Outcome));
        Assert.DoesNotContain(run.Results.SelectMany(result => result.Observations), reading => reading.Metric is "client_boot_id" or "client_boottime_before_ns" or "client_wsl");
        var verdicts = Verdicts(run, "engine-in-vm");
        Assert.Equal("supported", verdicts[""].Verdict);
        Assert.EndsWith("seen from " + spoken, verdicts[""].Headline, StringComparison.Ordinal);
        Assert.Contains("system differed", verdicts[""].Summary, StringComparison.Ordinal);
        Assert.Equal("not tested", verdicts["engine=docker@vm"].Verdict);
    }

    [Fact]
    public async Task What_needs_a_plain_process_of_the_client_says_so_and_costs_itself_alone()
    {
        using var run = Run("kernel-identity");

        await run.RunAsync(Engine(RecordedEngine.Of("Docker Desktop on a Mac")), new FakeRuntime("", "host") { OnPrepare = _ => new Preparation.Unavailable("the harness does not run on Linux") });

        Assert.Contains(run.Results, result => result.Outcome == Outcome.Ok);
        var verdict = Verdicts(run, "kernel-identity")[""];
        Assert.Equal("not tested", verdict.Verdict);
        Assert.Contains("does not run on Linux", verdict.Summary + string.Join(' ', run.Results.Select(result => result.Detail)), StringComparison.Ordinal);
    }

    private static Scenario Run(string id)
    {
        var experiment = _experiments.Find(id);
        var run = new Scenario
        {
            Experiment = experiment with { Matrix = experiment.Matrix with { Runtimes = [.. experiment.Matrix.Runtimes.Where(name => name is "host" or "runc" or "docker@vm/runc")], Selection = null, Kernels = ["host"], Userlands = ["busybox:static"], VmUserlands = [] } },
            Userlands = _experiments.Catalogue,
            Options = new PlanOptions { Seed = 1, Repeat = 1 },
        };
        Directory.CreateDirectory(Path.Combine(run.Root, "probes"));
        foreach (var script in Directory.EnumerateFiles(Path.Combine(RunBuilder.Repository, "experiments", "probes"), "*.sh"))
        {
            File.Copy(script, Path.Combine(run.Root, "probes", Path.GetFileName(script)));
        }

        return run;
    }

    private static FakeRuntime NoVm() => new("docker@vm", "runc")
    {
        OnPrepare = _ => new Preparation.Unavailable("it runs on Linux on x86_64 only: on macOS and Windows the engine is in a VM already"),
    };

    // A container that reads a Linux kernel, beside what the harness reads of a system that has none.
    private static FakeRuntime Engine(RecordedEngine engine) => new("docker", "runc")
    {
        OnRun = sandbox =>
        {
            sandbox.Hello().Probe(0, Text("sysname", "Linux"), Text("release", engine.Engine.KernelVersion ?? "6.1.0"), Text("boot_id", "7d410e2f-85f5-4042-b10e-8fb4ffa457e1"), new NumberFrame(0, "boottime_ns", "", 900));
            sandbox.Probe(1, new OutputFrame(1, 1, Bytes(sandbox.Request.Cell.Engine.Length > 0 && sandbox.Request.AgentPlan.Contains("memory.sh", StringComparison.Ordinal) ? "memory_total_bytes=2055286784\n" : "shell_release=x\n"))).Bye();
            return Task.FromResult<SandboxEnd>(new SandboxEnd.Exited(0, false) { HostReadings = EngineReadings.Of(engine.Client, 8L << 30, engine.Engine, engine.Endpoint, "the engine is not on this host") });
        },
    };

    private static TextFrame Text(string metric, string text) => new(0, metric, "", Bytes(text));

    private static RawBytes Bytes(string text) => new(Encoding.UTF8.GetBytes(text));

    private static Dictionary<string, VerdictRow> Verdicts(Scenario run, string id)
    {
        DefinitionsCopy.Write(_experiments, [_experiments.Find(id)], [], run.Folder);
        new PlanFile
        {
            RunId = run.Folder.RunId,
            HostId = Scenario.HostId,
            Seed = 1,
            Quick = false,
            CreatedAtUtc = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
            ToolVersion = "0.1.0",
            Arguments = ["run", id],
            Experiments = [id],
            Trials = [],
        }.Write(run.Folder);
        return Judged.Verdicts(run.Folder).ToDictionary(row => row.Scope, StringComparer.Ordinal);
    }
}
