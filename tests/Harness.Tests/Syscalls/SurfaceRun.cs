using System.Globalization;
using Harness.Analysis;
using Harness.Analysis.Judging;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Tests.Analysis;

namespace Harness.Tests.Syscalls;

/// <summary>Writes a run of the experiment syscall-surface into a temporary folder, by the journal that real runs use.</summary>
public sealed class SurfaceRun : IDisposable
{
    public const string BootId = "11111111-2222-3333-4444-555555555555";

    private readonly string _root = Directory.CreateTempSubdirectory("harness-test-").FullName;
    private readonly List<TrialResult> _results = [];

    public static Cell Host { get; } = new("host", "host", "", "host", "", "");

    public RunFolder Folder => new(Path.Combine(_root, "sample"));

    public static Cell Machine(string kernel) => new("busybox:static", kernel, "", "qemu", "tcg", "");

    public static Cell Container(string variant = "", string runtime = "runc") => new("busybox:static", "host", "docker", runtime, "", variant);

    /// <summary>A sweep: each call <c>number name since errno</c>, since and name <c>-</c> where there is none; errno 0 is success. The canary is added.</summary>
    public SurfaceRun Sweep(Cell cell, string release, string[] calls, string probe = "syscalls", string symbols = "", string bootId = BootId, string filter = "", string entry = "works")
    {
        Observation[] context =
        [
            Text("context", "release", release), Text("context", "boot_id", bootId),
            .. probe == "syscalls" ? Array.Empty<Observation>() : [Text("context", "entry", entry)],
        ];
        var readings = calls.Length == 0 ? [] : calls.Append("4000 - - 38").Select(Call);
        Add(cell, probe, [.. context, .. readings, .. Pairs("symbol", symbols), .. Pairs(probe == "syscalls" ? "filter" : "filter_i386", filter)]);
        return this;
    }

    public RunFolder Build()
    {
        if (File.Exists(Folder.TrialsCsv))
            return Folder;
        WrittenRun.Write(Folder, "syscall-surface", [.. _results.Select(result => (RunBuilder.FirstHost, result))]);
        WrittenRun.Plan(Folder, "syscall-surface", _results.Select(result => (RunBuilder.FirstHost, result.Trial))).Write(Folder);
        EnvironmentFiles.Write(Folder, RunBuilder.Environment(RunBuilder.FirstHost));
        return Folder;
    }

    /// <summary>Verdict and summary by scope.</summary>
    public Dictionary<string, (string Verdict, string Summary)> Verdicts()
    {
        using var database = RunDatabase.Open(Build(), "syscall-surface");
        EvidenceRule.Holds(database, "syscall-surface");
        return Query("SELECT scope, verdict, summary FROM verdict").ToDictionary(row => row[0], row => (row[1], row[2]), StringComparer.Ordinal);
    }

    /// <summary>Whether each check of the method holds, and its summary, by name.</summary>
    public Dictionary<string, (string Holds, string Summary)> Checks() =>
        Judged.Checks(Build()).ToDictionary(check => check.Name, check => (check.Holds, check.Summary), StringComparer.Ordinal);

    public string[][] Query(string sql)
    {
        using var database = RunDatabase.Open(Build(), "syscall-surface");
        return [.. database.Query(sql, "test").Rows.Select(row => row.Select(value => value ?? "").ToArray())];
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static Observation Call(string call)
    {
        var words = call.Split(' ');
        var errno = int.Parse(words[3], CultureInfo.InvariantCulture);
        return Text("syscall", words[0], $"name={words[1]} since={words[2]} class=returned ret={(errno == 0 ? 0 : -1)} errno={errno} sig=0 ns=100");
    }

    // "defined=0-3 7,weak=4"
    private static IEnumerable<Observation> Pairs(string metric, string text) =>
        text.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(pair => Text(metric, pair[..pair.LastIndexOf('=')], pair[(pair.LastIndexOf('=') + 1)..]));

    private static Observation Text(string metric, string subject, string text) => Observation.OfText(metric, subject, text);

    private void Add(Cell cell, string probe, Observation[] observations) => _results.Add(new TrialResult
    {
        Trial = new PlannedTrial("syscall-surface", cell, probe, 1, 1, Warmup: false),
        Outcome = Outcome.Ok,
        ExitCode = 0,
        Detail = "",
        Sandbox = "b001-00000000",
        StartedAt = DateTimeOffset.Parse("2026-01-02T03:04:05Z", CultureInfo.InvariantCulture),
        DurationNs = 1_000_000,
        Observations = [.. observations],
    });
}
