using System.Collections.Immutable;
using Harness.Analysis.Checking;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Core.Protocol;
using Harness.Core.Running;
using Harness.Tests.Pipeline;

namespace Harness.Tests.Analysis;

/// <summary>Rows against the frames that they were made of, in runs by the real runner and journal.</summary>
public sealed class FrameProofTests : IDisposable
{
    private readonly Scenario _scenario = new() { Experiment = Definition() };

    public void Dispose() => _scenario.Dispose();

    [Fact]
    public async Task Rows_that_are_what_the_frames_say_have_no_findings()
    {
        await RunAsync();
        Assert.Empty(Findings());
    }

    [Fact]
    public async Task A_resumed_run_whose_sandboxes_served_a_part_of_their_trials_each_has_none_either()
    {
        await RunAsync();
        // Cut off behind the first trial of a sandbox, as an interruption would.
        var rows = File.ReadAllLines(_scenario.Folder.TrialsCsv);
        File.WriteAllLines(_scenario.Folder.TrialsCsv, rows[..^1]);
        _scenario.Results.Clear();
        await RunAsync();
        Assert.Single(_scenario.Results);
        Assert.Empty(Findings());
    }

    [Theory]
    [InlineData("trials.csv", ",ok,0,", ",failed,1,", "outcome is failed, the frames say ok")]
    [InlineData("trials.csv", ",failed,3,", ",failed,4,", "exit_code is 4, the frames say 3")]
    [InlineData("trials.csv", ",crashed,,11,", ",crashed,,9,", "signal is 9, the frames say 11")]
    [InlineData("trials.csv", ",3000\n", ",2000\n", "duration_ns is 2000, the frames say 3000")]
    [InlineData("trials.csv", ",broken,,,", ",ok,0,,", "outcome is ok, the frames say broken")]
    [InlineData("observations.csv", ",btime,,5,s,", ",btime,,6,s,", "reading 2 is btime = 6, the frames say btime = 5")]
    [InlineData("observations.csv", "6.1.0", "6.1.1", "reading 1 is release = '6.1.1', the frames say release = '6.1.0'")]
    [InlineData("observations.csv", ",shell_says,x,", ",shell_says,y,", "reading 1 is shell_says[y] = 'hello', the frames say shell_says[x] = 'hello'")]
    public async Task A_row_that_was_changed_is_found(string file, string before, string after, string finding)
    {
        await RunAsync();
        var path = Path.Combine(_scenario.Folder.Root, file);
        var text = File.ReadAllText(path);
        var at = text.IndexOf(before, StringComparison.Ordinal);
        Assert.True(at >= 0, text);
        File.WriteAllText(path, text[..at] + after + text[(at + before.Length)..]);

        var found = Assert.Single(Findings());
        Assert.True(found.IsFault);
        Assert.Equal(file, found.File);
        Assert.Contains(finding, found.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(int.MaxValue)]
    public async Task Readings_that_were_removed_are_found(int count)
    {
        await RunAsync();
        var lines = File.ReadAllLines(_scenario.Folder.ObservationsCsv).ToList();
        foreach (var line in lines.Where(line => line.Contains(",btime,", StringComparison.Ordinal) || line.Contains(",release,", StringComparison.Ordinal)).Take(count).ToList())
            lines.Remove(line);
        File.WriteAllLines(_scenario.Folder.ObservationsCsv, lines);
        Assert.NotEmpty(Findings());
        Assert.All(Findings(), finding => Assert.Equal((true, "observations.csv"), (finding.IsFault, finding.File)));
    }

    [Fact]
    public async Task A_reading_that_was_added_is_found_unless_it_is_of_a_kind_that_comes_from_outside()
    {
        await RunAsync();
        var lines = File.ReadAllLines(_scenario.Folder.ObservationsCsv).ToList();
        var last = lines.FindIndex(line => line.Contains(",btime,", StringComparison.Ordinal));
        var trial = lines[last].Split(',')[1];
        lines.Insert(last + 1, $"run-1,{trial},outside,,7,ns,");
        File.WriteAllLines(_scenario.Folder.ObservationsCsv, lines);
        Assert.Empty(Findings());

        lines.Insert(last + 2, $"run-1,{trial},release,,,,4.4.0");
        File.WriteAllLines(_scenario.Folder.ObservationsCsv, lines);
        Assert.EndsWith("release = '4.4.0' is not among what the frames say of release", Assert.Single(Findings()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_row_that_calls_its_treatment_contradicted_needs_a_reading_that_says_so()
    {
        await RunAsync();
        var ok = _scenario.Result("kernel", userland: "a:1");
        var lines = File.ReadAllLines(_scenario.Folder.TrialsCsv);
        var at = Array.FindIndex(lines, line => line.Contains($",{ok.Sandbox},ok,0,,", StringComparison.Ordinal) && line.Contains(",kernel,", StringComparison.Ordinal));
        var id = lines[at].Split(',')[1];
        lines[at] = lines[at].Replace(",ok,0,,,", ",broken,,,\"asked for runtime runc, ran under runsc (by the shim's command line)\",", StringComparison.Ordinal);
        lines[at] = lines[at][..(lines[at].LastIndexOf(',') + 1)];
        File.WriteAllLines(_scenario.Folder.TrialsCsv, lines);
        var readings = File.ReadAllLines(_scenario.Folder.ObservationsCsv).Where(line => !line.Contains($",{id},", StringComparison.Ordinal)).ToList();
        File.WriteAllLines(_scenario.Folder.ObservationsCsv, readings);
        Assert.Contains("no reading of its sandbox says so", Assert.Single(Findings()).Message, StringComparison.Ordinal);

        readings.Add($"run-1,{id},treatment_proof,runtime,,,contradicted: the shim's command line");
        File.WriteAllLines(_scenario.Folder.ObservationsCsv, readings);
        Assert.Empty(Findings());
    }

    [Fact]
    public async Task Frames_that_were_changed_under_the_key_prove_no_row_any_more()
    {
        await RunAsync();
        var ok = _scenario.Result("kernel", userland: "a:1");
        var path = Path.Combine(_scenario.Folder.Raw, ok.Sandbox + ".frames");
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.AsSpan().IndexOf("6.1.0"u8)]++;
        File.WriteAllBytes(path, bytes);

        var findings = Findings();
        Assert.Equal(2, findings.Count(finding => finding.File == "trials.csv"));
        Assert.Contains("The tag of a frame does not match its body", findings[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_frames_and_a_key_that_is_none_are_found_and_missing_keys_are_said()
    {
        await RunAsync();
        var sandboxes = _scenario.Results.Select(result => result.Sandbox).Distinct().ToList();
        File.Delete(Path.Combine(_scenario.Folder.Raw, sandboxes[0] + ".frames"));
        File.WriteAllText(Path.Combine(_scenario.Folder.Raw, sandboxes[1] + ".key"), "00");
        File.Delete(Path.Combine(_scenario.Folder.Raw, sandboxes[2] + ".key"));
        var findings = Findings();
        Assert.Contains(findings, finding => finding.IsFault && finding.ToString().StartsWith($"raw/{sandboxes[0]}.frames: is missing", StringComparison.Ordinal));
        Assert.Contains(Finding.Fault($"raw/{sandboxes[1]}.key", "is not a key of 32 hex digits"), findings);
        Assert.Contains(Finding.Remark("raw", "holds no key for 1 of 3 sandboxes: their rows cannot be proved from their frames"), findings);

        foreach (var key in Directory.GetFiles(_scenario.Folder.Raw, "*.key"))
            File.Delete(key);
        Assert.Equal([Finding.Remark("raw", "holds no keys (a run of an earlier version): its rows cannot be proved from its frames")], Findings());
    }

    [Fact]
    public async Task A_measured_row_names_a_sandbox_and_no_file_outside_the_run()
    {
        await RunAsync();
        var sandbox = _scenario.Result("kernel", userland: "a:1").Sandbox;
        var text = File.ReadAllText(_scenario.Folder.TrialsCsv);
        File.WriteAllText(_scenario.Folder.TrialsCsv, text.Replace(sandbox, "../../x", StringComparison.Ordinal));
        Assert.Contains(Findings(), finding => finding.IsFault && finding.Message.EndsWith("names a sandbox that no run has", StringComparison.Ordinal));
        File.WriteAllText(_scenario.Folder.TrialsCsv, text.Replace(sandbox, "", StringComparison.Ordinal));
        Assert.Contains(Findings(), finding => finding.IsFault && finding.Message.EndsWith("says ok, but names no sandbox whose frames would show it", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_driven_probe_leaves_no_frames_and_is_not_asked_for_any()
    {
        using var scenario = new Scenario
        {
            Experiment = Definition() with { Probes = [.. Definition().Probes, new ProbeDefinition("fleet", ProbeKind.Fleet, ["hold"], null, "many")] },
            Drivers = [new Driver()],
        };
        await RunAsync(scenario);
        Assert.Contains(scenario.Results, result => result.Trial.Probe == "fleet" && result.Outcome == Outcome.Ok);
        Assert.Empty(FrameProof.Check(scenario.Folder, [scenario.Experiment]));
    }

    private static ExperimentDefinition Definition()
    {
        var definition = Scenario.Definition();
        return definition with { Metrics = [.. definition.Metrics, new MetricDefinition("outside", MetricType.Number, "ns", "a look from outside")] };
    }

    private ImmutableArray<Finding> Findings() => FrameProof.Check(_scenario.Folder, [_scenario.Experiment]);

    private Task RunAsync() => RunAsync(_scenario);

    private static async Task RunAsync(Scenario scenario)
    {
        await scenario.RunAsync(new FakeRuntime("", "host") { OnRun = Play }, new FakeRuntime("docker", "runc") { OnRun = Play });
        new PlanFile
        {
            RunId = "run-1",
            HostId = Scenario.HostId,
            Seed = 1,
            Quick = false,
            CreatedAtUtc = DateTimeOffset.UnixEpoch,
            ToolVersion = "1",
            Arguments = [],
            Experiments = ["sample"],
            Trials = PlanFile.Rows(scenario.Plan(), Scenario.HostId),
        }.Write(scenario.Folder);
    }

    // Userland a: all well. Userland b: a signal and a status. The host: a channel that breaks.
    private static Task<SandboxEnd> Play(FakeSandbox sandbox)
    {
        sandbox.Hello();
        for (ushort index = 0; index < sandbox.Probes; index++)
        {
            var isKernel = sandbox.Request.AgentPlan.Contains($"probe\t{index}\t5000\t4096\tbuiltin", StringComparison.Ordinal);
            _ = (sandbox.Request.Cell.Userland, isKernel) switch
            {
                ("a:1", true) => sandbox.Probe(index, new TextFrame(index, "release", "", RawBytes.FromText("6.1.0")), new NumberFrame(index, "btime", "", 5)),
                ("a:1", false) => sandbox.Probe(index, new OutputFrame(index, 1, RawBytes.FromText("shell_says[x]=hello\n"))),
                ("b:2", true) => sandbox.Probe(index, EndKind.Signaled, 11),
                ("b:2", false) => sandbox.Probe(index, EndKind.Exited, 3),
                _ => sandbox.Probe(index).Garbage(new byte[8]),
            };
        }

        sandbox.Bye();
        return Task.FromResult<SandboxEnd>(new SandboxEnd.Exited(0, false) { HostReadings = [Observation.Number("outside", "", 1)] });
    }

    private sealed class Driver : ITrialDriver
    {
        public ProbeKind Kind => ProbeKind.Fleet;

        public Task<ImmutableArray<TrialResult>> RunAsync(DrivenTrials work, CancellationToken cancellation) =>
            Task.FromResult<ImmutableArray<TrialResult>>([.. work.Trials.Select(trial => new TrialResult { Trial = trial, Outcome = Outcome.Ok, ExitCode = 0, StartedAt = DateTimeOffset.UnixEpoch })]);
    }
}
