using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Harness.Analysis;
using Harness.Analysis.Checking;
using Harness.Analysis.Merging;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Core.Sharding;
using Harness.Tests.Analysis;

namespace Harness.Tests.Sharding;

/// <summary>Writes the parts of a plan as hosts would that ran them, by the journal that real runs use. What a trial reads follows from the trial.</summary>
public sealed class ShardRuns : IDisposable
{
    private static readonly ExperimentsFolder _experiments = ExperimentsFolder.Read(Path.Combine(RunBuilder.Repository, "experiments"));

    private readonly string _root = Directory.CreateTempSubdirectory("harness-shards-").FullName;

    public const string Host = "0123456789ab";

    /// <summary>Userlands and blocks to be cut: of one timed and one other experiment.</summary>
    public Plan Whole { get; } = Make(Options);

    public static PlanOptions Options { get; } = new()
    {
        Seed = 7,
        Repeat = 4,
        KnownKernels = _experiments.Kernels,
        Runtimes = ["host", "runc", "namespaces"],
        Userlands = ["busybox:static", "debian:11", "debian:12", "debian:13", "alpine:3.20"],
    };

    /// <summary>Makes the image of busybox:static of each host's own program.</summary>
    public static string OfHost(char digest, string architecture = "amd64") => Lock("busybox:static", digest, architecture, "busybox");

    /// <summary>A lock's entry.</summary>
    public static string Lock(string userland, char digest, string architecture, string kind) =>
        $$"""{"id": "{{userland}}", "image": "{{userland}}", "digest": "{{Digest(digest)}}", "architecture": "{{architecture}}", "provenance": {"kind": "{{kind}}"} }""";

    public static string Digest(char digest) => "sha256:" + new string(digest, 64);

    public RunFolder Folder(string id) => new(Path.Combine(_root, id));

    /// <summary>
    /// A part as one host ran it; entry: of its lock, whose image its rows of that userland have; options: of the host's own plan; id: its name, if in a folder
    /// of its own. Of a part that is there already, what is open is run.
    /// </summary>
    public RunFolder Part(int index, int count, string host = Host, Func<PlanFile, PlanFile>? plan = null, Func<HostEnvironment, HostEnvironment>? environment = null, string mark = "", string digest = "a", int leftOut = 0, string? entry = null, Func<PlanOptions, PlanOptions>? options = null, ImmutableArray<string>? named = null, string? id = null, Func<PlannedSandbox, bool>? runs = null, Func<TrialResult, TrialResult>? result = null)
    {
        var whole = options is null ? Whole : Make(options(Options));
        var cut = ShardedPlan.Of(whole, [.. Experiments], count).Part(index)!;
        id ??= $"s{index}-{host[..4]}{mark}";
        var shard = new PlannedShard([new PlannedPart(index, host, Path.GetFileName(id))], count, ShardedPlan.Fingerprint(whole.Trials, named ?? [])) { Engines = named ?? [] };
        return Write(id, cut, host, shard, plan ?? (file => file), environment ?? (facts => facts), mark, entry ?? Lock("debian:12", digest[0], "amd64", "registry"), [.. cut.Sandboxes.SkipLast(leftOut).Where(runs ?? (_ => true))], result ?? (row => row));
    }

    /// <summary>The plan that was not cut.</summary>
    public RunFolder Uncut() => Write("whole", Whole, Host, null, file => file, facts => facts, "", Lock("debian:12", 'a', "amd64", "registry"), Whole.Sandboxes, row => row);

    /// <summary>Merges parts; a missing one is no fault where the test says so.</summary>
    public RunFolder Merge(string id, bool allowMissing, params RunFolder[] parts)
    {
        RunMerge.Write(
            parts, Folder(id), allowMissing,
            (_, missing) => missing.Where(index => Cut(parts).Part(index) is not null).ToDictionary(index => index, index => PlanFile.Rows(Cut(parts).Part(index)!, RunMerge.NoHost)),
            TestContext.Current.CancellationToken);
        return Folder(id);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private ShardedPlan Cut(RunFolder[] parts) => ShardedPlan.Of(Whole, [.. Experiments], PlanFile.Read(parts[0]).Shard!.Count);

    private static Plan Make(PlanOptions options) => Planner.Make([.. Experiments], _experiments.Catalogue, options);

    public static IEnumerable<ExperimentDefinition> Experiments => [_experiments.Find("kernel-identity"), _experiments.Find("startup")];

    private RunFolder Write(
        string id, Plan plan, string host, PlannedShard? shard, Func<PlanFile, PlanFile> change, Func<HostEnvironment, HostEnvironment> environment, string mark, string entry, ImmutableArray<PlannedSandbox> sandboxes, Func<TrialResult, TrialResult> result)
    {
        var folder = Folder(id);
        Directory.CreateDirectory(folder.Root);
        DefinitionsCopy.Write(_experiments, Experiments, [], folder);
        using (var journal = Journal.Open(folder, host))
        {
            foreach (var (sandbox, number) in sandboxes.Select((sandbox, number) => (sandbox, number)))
            {
                var name = $"b{sandbox.Block:000}-{ShardedPlan.Fingerprint(sandbox.Trials)[..12]}{folder.RunId.Replace("-", "", StringComparison.Ordinal)}";
                // As a run that is resumed: what has its rows is not run again.
                if (File.Exists(Path.Combine(folder.Raw, $"{name}.{RunFolder.FramesExtension}")))
                    continue;
                ImmutableArray<TrialResult> rows = [.. sandbox.Trials.Select(trial => result(Result(trial, name, mark, entry)))];
                if (rows.Any(row => row.Sandbox.Length > 0))
                    journal.WriteRaw(name, RunFolder.FramesExtension, [1, 2, 3, (byte)number]);
                foreach (var row in rows)
                    journal.Commit(row, metric => _experiments.Find(row.Trial.Experiment).Metrics.First(known => known.Id == metric));
            }
        }

        EnvironmentFiles.Write(folder, environment(RunBuilder.Environment(host)));
        change(new PlanFile
        {
            RunId = folder.RunId,
            HostId = host,
            Seed = 7,
            Quick = false,
            CreatedAtUtc = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
            ToolVersion = "0.1.0",
            Arguments = ["run", "kernel-identity", "startup", "--seed", "7", .. shard is null ? Array.Empty<string>() : ["--shard", $"{shard.Parts[0].Index}/{shard.Count}"]],
            Experiments = ["kernel-identity", "startup"],
            Shard = shard,
            Trials = PlanFile.Rows(plan, host),
        }).Write(folder);
        File.WriteAllText(folder.UserlandsLock, $"{{\"schema_version\": 1, \"userlands\": [{entry}]}}\n");
        File.WriteAllText(folder.Log, "the run begins\n");
        RunChecksums.Seal(folder);
        return folder;
    }

    // Text with what CSV quotes: rows are copied byte for byte.
    private static TrialResult Result(PlannedTrial trial, string sandbox, string mark, string entry)
    {
        using var image = JsonDocument.Parse(entry);
        var number = long.Parse(trial.Id("")[..6], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return new TrialResult
        {
            Trial = trial,
            Outcome = Outcome.Ok,
            ExitCode = 0,
            Detail = mark,
            Sandbox = sandbox,
            ImageDigest = image.RootElement.GetProperty("id").GetString() == trial.Cell.Userland ? image.RootElement.GetProperty("digest").GetString()! : "",
            StartedAt = new DateTimeOffset(2026, 1, 2, 3, 4, 6, TimeSpan.Zero).AddMilliseconds(number % 100_000),
            DurationNs = number,
            Observations = [Observation.OfText("boot_id", "", $"a \"quoted\" text,\nof two lines: {trial.Cell.Name}"), Observation.OfText("boot_id", "empty", "")],
        };
    }
}
