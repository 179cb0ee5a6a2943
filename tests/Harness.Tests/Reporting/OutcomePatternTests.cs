using System.Collections.Immutable;
using Harness.Analysis;
using Harness.Analysis.Checking;
using Harness.Analysis.Judging;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Reporting;
using Harness.Tests.Analysis;

namespace Harness.Tests.Reporting;

/// <summary>
/// Whatever became of a run's trials, every experiment judges, draws and reports. The runs are planned by the planner from the shipped
/// definitions; their readings are drawn from a seed and mean nothing.
/// </summary>
public sealed class OutcomePatternTests : IDisposable
{
    private const string SecondHost = "ba9876543210";
    private const int Most = 400;

    private static readonly ExperimentsFolder _experiments = ExperimentsFolder.Read(Path.Combine(RunBuilder.Repository, "experiments"));
    private static readonly ImmutableArray<string> _texts = ["", "yes", "no", "6.1.0-18-amd64", "4.4.0", "debian", "12", "linked dynamically", "NULL", "a|b", "'"];

    private readonly string _root = Directory.CreateTempSubdirectory("harness-test-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    public static TheoryData<string, string> Patterns()
    {
        string[] patterns =
        [
            "none", "one row", "all broken", "all unavailable", "all refused", "all ok", "mixed", "two images", "two hosts", "60 userlands",
        ];
        return new TheoryData<string, string>(from experiment in _experiments.Experiments from pattern in patterns select (experiment.Id, pattern));
    }

    [Theory]
    [MemberData(nameof(Patterns))]
    public void Every_experiment_is_judged_drawn_and_reported(string experiment, string pattern)
    {
        var folder = Build(_experiments.Find(experiment), pattern);
        var report = Derivation.Write(folder, new RunFolder(Path.Combine(_root, "derived")), TestContext.Current.CancellationToken);
        Assert.True(report.Failures.IsEmpty, string.Join('\n', report.Failures));
        HtmlPage.Holds(File.ReadAllText(Path.Combine(_root, "derived", "report.html")));
        Assert.NotEmpty(report.Verdicts);
        Assert.All(report.Verdicts, HeadlineRule.Holds);
        Assert.All(report.Verdicts, row => Assert.DoesNotContain("Left out", row.Summary, StringComparison.Ordinal));
        Assert.All(report.NotCounted, row => Assert.InRange(row.Names.Length, 1, 3));
    }

    private RunFolder Build(ExperimentDefinition experiment, string pattern)
    {
        var folder = new RunFolder(Path.Combine(_root, "run"));
        Directory.CreateDirectory(folder.Root);
        ImmutableArray<string> images = pattern switch
        {
            "two images" => ["registry.example/one:1", "registry.example/two:2"],
            "60 userlands" => [.. Enumerable.Range(1, 60).Select(number => $"registry.example/{number}:1")],
            _ => [],
        };
        var catalogue = _experiments.Catalogue.With(new UserlandCatalogue([.. images.Select(image => new UserlandDefinition { Id = image, Images = [image] })]));
        DefinitionsCopy.Write(_experiments with { Catalogue = catalogue }, [experiment], [], folder);
        var plan = Planner.Make([experiment], catalogue, new PlanOptions
        {
            Seed = 1,
            Quick = images.IsEmpty,
            OwnImages = !images.IsEmpty,
            Userlands = images,
            KnownKernels = _experiments.Kernels,
        });
        // All cells of a large plan, of its probes and repetitions only the first.
        var planned = plan.Trials.ToList();
        if (planned.Count > Most)
        {
            planned = [.. planned.GroupBy(trial => trial.Cell).SelectMany(cell => cell.Take(Math.Max(1, Most / planned.Select(trial => trial.Cell).Distinct().Count())))];
        }

        string[] hosts = pattern == "two hosts" ? [RunBuilder.FirstHost, SecondHost] : [RunBuilder.FirstHost];
        foreach (var host in hosts)
        {
            using var journal = Journal.Open(folder, host);
            var random = new SplitMix64(7);
            foreach (var trial in pattern == "one row" ? planned.Take(1) : pattern == "none" ? [] : planned)
            {
                journal.Commit(Result(trial, experiment, pattern, random), name => experiment.Metrics.First(metric => metric.Id == name));
            }

            EnvironmentFiles.Write(folder, RunBuilder.Environment(host));
        }

        new PlanFile
        {
            RunId = folder.RunId,
            HostId = RunBuilder.FirstHost,
            Seed = 1,
            Quick = images.IsEmpty,
            CreatedAtUtc = DateTimeOffset.UnixEpoch,
            ToolVersion = "0",
            Arguments = ["run", experiment.Id],
            Experiments = [experiment.Id],
            Images = images,
            Trials = [.. hosts.SelectMany(host => planned.Select(trial => new PlannedRow(
                trial.Id(host), trial.Experiment, trial.Cell.Name, trial.Probe, trial.Block, trial.Repetition, trial.Warmup)))],
        }.Write(folder);
        RunChecksums.Seal(folder);
        return folder;
    }

    private static TrialResult Result(PlannedTrial trial, ExperimentDefinition experiment, string pattern, SplitMix64 random)
    {
        var outcome = pattern switch
        {
            "all broken" => Outcome.Broken,
            "all unavailable" => Outcome.Unavailable,
            "all refused" => Outcome.Refused,
            "mixed" => (Outcome)random.Next(7),
            _ => Outcome.Ok,
        };
        var isStarted = outcome is not (Outcome.Unavailable or Outcome.Broken);
        return new TrialResult
        {
            Trial = trial,
            Outcome = outcome,
            ExitCode = outcome switch { Outcome.Ok => 0, Outcome.Failed => random.Next(2) == 0 ? 1 : 127, _ => null },
            Signal = outcome == Outcome.Crashed ? 11 : null,
            Detail = outcome == Outcome.Ok ? "" : "ENOENT: it's \"so\"",
            Sandbox = isStarted ? $"b{trial.Block:000}-{random.Next(1 << 30):x8}" : "",
            ImageDigest = isStarted && trial.Cell.Userland != Cell.HostUserland ? "sha256:" + new string((char)('a' + random.Next(3)), 64) : "",
            StartedAt = DateTimeOffset.UnixEpoch,
            DurationNs = isStarted ? random.Next(1_000_000_000) : null,
            Observations = outcome is Outcome.Ok or Outcome.Failed ? [.. experiment.Metrics.Where(metric => !metric.Id.StartsWith("treatment_", StringComparison.Ordinal)).Select(metric => Reading(metric, random))] : [],
        };
    }

    private static Observation Reading(MetricDefinition metric, SplitMix64 random) => metric.Type == MetricType.Number
        ? Observation.Number(metric.Id, random.Next(3) == 0 ? $"n={1 << random.Next(5)}" : $"{random.Next(400)}", random.Next(4) == 0 ? 0 : random.Next(1_000_000))
        : Observation.OfText(metric.Id, metric.Id == "syscall" || random.Next(3) == 0 ? $"{random.Next(400)}" : "", Text(metric.Id, random));

    // What has a form of its own is written by the agent and by nobody else.
    private static string Text(string metric, SplitMix64 random) => metric switch
    {
        "syscall" => $"name={(random.Next(3) == 0 ? "-" : "read")} since=2.6 class=returned ret=-1 errno={random.Next(40)} sig=0 ns=100",
        "symbol" or "filter" or "filter_i386" or "filter_x32" => "0-3 5",
        _ => _texts[random.Next(_texts.Length)],
    };
}
