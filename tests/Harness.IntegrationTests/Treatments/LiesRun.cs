using System.Globalization;
using System.Net;
using Harness.IntegrationTests.Cli;

namespace Harness.IntegrationTests.Treatments;

/// <summary>
/// One run of as many experiments as there are lies, each of which is told to its own containers alone. A run for each lie would go all the way from plan
/// to report for one row.
/// </summary>
internal sealed class LiesRun
{
    // An experiment's containers are known by their limit of processes. What the harness starts to prove a runtime has a lower one, and is told no lie.
    private const int FirstLimit = 100;

    private const string Yaml = """
        schema: 1
        id: ID
        title: For a test
        claims: [C1]
        matrix: {userlands: ["busybox:static"], runtimes: [RUNTIME], variants: ["VARIANT"]}
        probes:
          - {id: kernel, kind: builtin, command: start, about: a probe}
        metrics:
          - {id: boot_id, type: text, meaning: a reading}
          - {id: timens_monotonic_ns, type: number, meaning: a reading}
        timeout: 10s
        limits: {memory: 256MiB, pids: LIMIT, output: 16KiB}
        """;

    private readonly List<Lies.Told> _lies;
    private readonly List<Dictionary<string, string>> _rows;
    private readonly Dictionary<Lie, int> _altered;
    private readonly Answer _answer;

    private LiesRun(List<Lies.Told> lies, List<Dictionary<string, string>> rows, Dictionary<Lie, int> altered, Answer answer) =>
        (_lies, _rows, _altered, _answer) = (lies, rows, altered, answer);

    /// <summary>Runs them all.</summary>
    /// <param name="socket">The engine's, which does as it is asked.</param>
    /// <param name="where">Where the harness meets the one that lies.</param>
    /// <param name="lies">What it does otherwise.</param>
    internal static async Task<LiesRun> MakeAsync(string socket, EndPoint where, IEnumerable<Lies.Told> lies)
    {
        var all = lies.ToList();
        using var repository = new Repository();
        foreach (var (place, told) in all.Index())
            repository.Experiment(Id(place), Experiment(Id(place), told, FirstLimit + place));
        using var engine = new LyingEngine(socket, where, asked => all.ElementAtOrDefault((int)((long?)asked["HostConfig"]?["PidsLimit"] ?? 0) - FirstLimit)?.Lie);
        var answer = await repository.HarnessAsync(["run", .. all.Select((_, place) => Id(place)), "--run-id", "r", "--engine", engine.Address, "--pull", "never"]);
        Assert.True(File.Exists(Path.Combine(repository.Run("r"), "trials.csv")), answer.ToString());
        var rows = Rows.Trials(repository.Run("r"));
        var outcomes = rows.ToDictionary(row => row["trial_id"], row => row["outcome"], StringComparer.Ordinal);
        Assert.DoesNotContain(Rows.Observations(repository.Run("r")), row => row["metric"] == "boot_id" && outcomes[row["trial_id"]] != "ok");
        return new LiesRun(all, rows, new Dictionary<Lie, int>(engine.AlteredBy), answer);
    }

    /// <summary>An experiment of one cell.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="told">The lie that its cell is chosen for.</param>
    /// <param name="limit">Of processes.</param>
    internal static string Experiment(string id, Lies.Told told, int limit) => Yaml
        .Replace("ID", id, StringComparison.Ordinal).Replace("RUNTIME", told.Runtime, StringComparison.Ordinal).Replace("VARIANT", told.Variant, StringComparison.Ordinal)
        .Replace("LIMIT", limit.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    /// <summary>A lie was told, and each of its trials is broken and says what ran.</summary>
    internal void Finds(Lies.Told told)
    {
        var rows = Told(told);
        Assert.All(rows, row => Assert.True(row["outcome"] == "broken", $"{row["outcome"]}: {row["detail"]}\n{_answer}"));
        Assert.All(rows, row => Assert.Contains(told.Says.Replace("LIMIT", Limit(_lies.IndexOf(told)), StringComparison.Ordinal), row["detail"], StringComparison.Ordinal));
    }

    /// <summary>A lie was told, and no trial shows it.</summary>
    internal void Misses(Lies.Told told) =>
        Assert.All(Told(told), row => Assert.True(row["outcome"] == "ok", $"it is found: take it out of the list. {row["detail"]}\n{_answer}"));

    /// <summary>Nothing was told, and every trial counts.</summary>
    internal void Believes(Lies.Told told)
    {
        Assert.False(_altered.ContainsKey(told.Lie));
        Assert.All(Of(told), row => Assert.True(row["outcome"] == "ok", $"{row["outcome"]}: {row["detail"]}\n{_answer}"));
    }

    private List<Dictionary<string, string>> Told(Lies.Told told)
    {
        Assert.True(_altered.GetValueOrDefault(told.Lie) > 0, $"nothing was altered\n{_answer}");
        return Of(told);
    }

    private List<Dictionary<string, string>> Of(Lies.Told told)
    {
        var rows = _rows.Where(row => row["experiment"] == Id(_lies.IndexOf(told))).ToList();
        Assert.NotEmpty(rows);
        return rows;
    }

    private static string Id(int place) => string.Create(CultureInfo.InvariantCulture, $"lie-{place:00}");

    private static string Limit(int place) => (FirstLimit + place).ToString(CultureInfo.InvariantCulture);
}
