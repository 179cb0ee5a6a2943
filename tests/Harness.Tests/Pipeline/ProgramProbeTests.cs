using System.Collections.Immutable;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Core.Protocol;
using Harness.Core.Running;

namespace Harness.Tests.Pipeline;

/// <summary>Probes that bring a program of the harness's own.</summary>
public sealed class ProgramProbeTests
{
    private static ExperimentDefinition Experiment { get; } = Scenario.Definition() with
    {
        Probes =
        [
            new ProbeDefinition("shell", ProbeKind.Script, ["shell.sh"], null, "asks a shell"),
            new ProbeDefinition("tool", ProbeKind.Program, ["tool", "-x", "a b"], null, "runs a tool"),
        ],
    };

    [Fact]
    public async Task The_build_for_the_sandboxs_architecture_is_copied_in_and_run_with_its_arguments()
    {
        using var scenario = new Scenario { Experiment = Experiment };
        Build(scenario.Root, "tool-x86_64", 1);
        Build(scenario.Root, "tool-aarch64", 2);
        SandboxRequest? request = null;
        await scenario.RunAsync(new FakeRuntime("", "host"), new FakeRuntime("docker", "runc")
        {
            OnPrepare = _ => new Preparation.Ready("sha256:fake") { Architecture = "aarch64" },
            OnRun = sandbox =>
            {
                request = sandbox.Request;
                return Task.FromResult(sandbox.AllOk());
            },
        });
        Assert.Equal([2], request!.Programs["tool"]);
        Assert.Equal(["shell.sh"], request.Files.Keys);
        Assert.Contains("\texec\t/.harness/tool\t-x\ta b\n", request.AgentPlan, StringComparison.Ordinal);
        Assert.Equal(Outcome.Ok, scenario.Result("tool").Outcome);
    }

    [Theory]
    [InlineData("x86_64", "tool-aarch64", 2)]
    [InlineData("aarch64", "tool-x86_64", 1)]
    public async Task A_foreign_program_is_the_build_for_the_other_architecture_beside_the_sandboxs_own(string architecture, string name, byte content)
    {
        var foreign = new ProbeDefinition("other", ProbeKind.Program, ["tool"], null, "runs a tool of another machine") { Foreign = true };
        using var scenario = new Scenario { Experiment = Experiment with { Probes = [.. Experiment.Probes, foreign] } };
        Build(scenario.Root, "tool-x86_64", 1);
        Build(scenario.Root, "tool-aarch64", 2);
        SandboxRequest? request = null;
        await scenario.RunAsync(new FakeRuntime("", "host"), new FakeRuntime("docker", "runc")
        {
            OnPrepare = _ => new Preparation.Ready("") { Architecture = architecture },
            OnRun = sandbox =>
            {
                request = sandbox.Request;
                return Task.FromResult(sandbox.AllOk());
            },
        });
        Assert.Equal(["tool", name], request!.Programs.Keys);
        Assert.Equal([content], request.Programs[name]);
        Assert.Contains($"\texec\t/.harness/{name}\n", request.AgentPlan, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_it_writes_is_read_as_a_scripts_output_is()
    {
        using var scenario = new Scenario { Experiment = Experiment };
        Build(scenario.Root, "tool-x86_64", 1);
        await scenario.RunAsync(new FakeRuntime("", "host"), new FakeRuntime("docker", "runc")
        {
            OnPrepare = _ => new Preparation.Ready("") { Architecture = "x86_64" },
            OnRun = sandbox =>
            {
                sandbox.Hello().Probe(0).Probe(1, new OutputFrame(1, 1, RawBytes.FromText("shell_says=hi\n"))).Bye();
                return Task.FromResult<SandboxEnd>(new SandboxEnd.Exited(0, false));
            },
        });
        Assert.Equal([Observation.OfText("shell_says", "", "hi")], scenario.Result("tool").Observations);
    }

    [Fact]
    public async Task A_missing_build_costs_its_own_trials_alone_and_says_which()
    {
        using var scenario = new Scenario { Experiment = Experiment };
        Build(scenario.Root, "tool-aarch64", 2);
        await scenario.RunAsync(new FakeRuntime("", "host"), new FakeRuntime("docker", "runc")
        {
            OnPrepare = _ => new Preparation.Ready("") { Architecture = "x86_64" },
        });
        var result = scenario.Result("tool");
        Assert.Equal(Outcome.Unavailable, result.Outcome);
        Assert.Equal($"the program 'tool' is not built for x86_64: {Path.Combine("probes", "bin", "tool-x86_64")} is missing", result.Detail);
        Assert.Equal(Outcome.Ok, scenario.Result("shell").Outcome);
    }

    [Fact]
    public async Task A_script_finds_the_programs_it_calls_beside_it()
    {
        using var scenario = new Scenario { Experiment = Experiment with { Probes = [Experiment.Probes[0] with { Programs = ["tool"] }] } };
        Build(scenario.Root, "tool-x86_64", 1);
        SandboxRequest? request = null;
        await scenario.RunAsync(new FakeRuntime("", "host"), new FakeRuntime("docker", "runc")
        {
            OnPrepare = _ => new Preparation.Ready("") { Architecture = "x86_64" },
            OnRun = sandbox =>
            {
                request = sandbox.Request;
                return Task.FromResult(sandbox.AllOk());
            },
        });
        Assert.Equal([1], request!.Programs["tool"]);
        Assert.Contains("\tscript\t/.harness/shell.sh\n", request.AgentPlan, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_script_whose_program_is_not_built_says_which()
    {
        using var scenario = new Scenario { Experiment = Experiment with { Probes = [Experiment.Probes[0] with { Programs = ["tool"] }] } };
        await scenario.RunAsync(new FakeRuntime("", "host"), new FakeRuntime("docker", "runc")
        {
            OnPrepare = _ => new Preparation.Ready("") { Architecture = "x86_64" },
        });
        Assert.StartsWith("the program 'tool' is not built for x86_64", scenario.Result("shell").Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_all_probes_lack_their_program_nothing_is_started()
    {
        using var scenario = new Scenario { Experiment = Experiment with { Probes = [Experiment.Probes[1]] } };
        var runc = new FakeRuntime("docker", "runc");
        await scenario.RunAsync(new FakeRuntime("", "host"), runc);
        Assert.Equal(0, runc.Starts);
        Assert.All(scenario.Results, result => Assert.Equal(Outcome.Unavailable, result.Outcome));
    }

    [Fact]
    public void A_run_keeps_the_builds_of_the_programs_it_names_and_no_others()
    {
        var root = Directory.CreateTempSubdirectory("harness-test-").FullName;
        try
        {
            foreach (var file in new[] { "schema.sql", "claims.yaml", "userlands.yaml", "metrics.yaml", "shell.sh" })
            {
                File.WriteAllText(Path.Combine(root, file), "");
            }

            Directory.CreateDirectory(Path.Combine(root, "sample"));
            foreach (var file in new[] { "tool-x86_64", "tool-aarch64", "tool-box-x86_64", "agent-x86_64" })
            {
                Build(root, file, 1);
            }

            var run = new RunFolder(Path.Combine(root, "run"));
            DefinitionsCopy.Write(new ExperimentsFolder(root, [], new UserlandCatalogue([])), [Experiment with { Folder = Path.Combine(root, "sample") }], [], run);
            Assert.Equal(
                ["tool-aarch64", "tool-x86_64"],
                Directory.EnumerateFiles(Path.Combine(run.Definitions, "probes", "bin")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
            Assert.Equal<byte>([1], new ProbeFiles(run.Definitions).Program("tool", "x86_64")!.Value);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static void Build(string root, string name, byte content)
    {
        Directory.CreateDirectory(Path.Combine(root, "probes", "bin"));
        File.WriteAllBytes(Path.Combine(root, "probes", "bin", name), [content]);
    }
}
