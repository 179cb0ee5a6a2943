using System.Text.Json;
using System.Text.Json.Serialization;
using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Core.Planning;

namespace Harness.Core.Journaling;

/// <summary>What <c>plan.json</c> holds: enough to resume a run and to say afterwards what of it is missing.</summary>
public sealed record PlanFile
{
    private static readonly JsonSerializerOptions _json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
    };

    /// <summary>The folder's format.</summary>
    public int SchemaVersion { get; init; } = RunFolder.SchemaVersion;

    /// <summary>The run.</summary>
    public required string RunId { get; init; }

    /// <summary>The host it was planned for.</summary>
    public required string HostId { get; init; }

    /// <summary>The seed of every shuffle.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Whether <c>--quick</c> was given.</summary>
    public required bool Quick { get; init; }

    /// <summary>When it was planned.</summary>
    public required DateTimeOffset CreatedAtUtc { get; init; }

    /// <summary>The harness's version.</summary>
    public required string ToolVersion { get; init; }

    /// <summary>The command line.</summary>
    public required ImmutableArray<string> Arguments { get; init; }

    /// <summary>Ids, in the order in which they run.</summary>
    public required ImmutableArray<string> Experiments { get; init; }

    /// <summary>Images that the user named with <c>--image</c>: they are in no catalogue.</summary>
    public ImmutableArray<string> Images { get; init; } = [];

    /// <summary>Each probe's timeout instead of the experiment's, in milliseconds, or null.</summary>
    public double? TimeoutMs { get; init; }

    /// <summary>Which parts of a plan for several hosts this is; null where the plan was not cut.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PlannedShard? Shard { get; init; }

    /// <summary>Every trial, in order.</summary>
    public required ImmutableArray<PlannedRow> Trials { get; init; }

    /// <summary>Reads a run's plan, of any schema that <see cref="RunSchemas"/> knows.</summary>
    /// <exception cref="HarnessException">It is missing, is no plan, or is of a schema that this version does not read.</exception>
    public static PlanFile Read(RunFolder folder)
    {
        try
        {
            return Checked(RunSchemas.Read(folder.PlanJson));
        }
        catch (Exception e) when (e is JsonException or FormatException or IOException or UnauthorizedAccessException)
        {
            throw new HarnessException($"{folder.Root}: is not a run's folder, or its plan.json cannot be read ({e.Message.ReplaceLineEndings(" ")})", e);
        }
    }

    /// <summary>The plan of a file as <see cref="ToJson"/> writes it.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    internal static PlanFile Parse(Stream text) => JsonSerializer.Deserialize<PlanFile>(text, _json) ?? throw new JsonException("it is empty");

    // What is read later as a cell's name is one, what becomes a folder's name leads nowhere else, and a trial is told by its id.
    private static PlanFile Checked(PlanFile plan)
    {
        if (plan.Trials.Any(trial => trial is null))
        {
            throw new FormatException("a trial is null");
        }

        if (!RunFolders.IsId(plan.RunId))
        {
            throw new FormatException($"'{plan.RunId}' is no run's id");
        }

        var seen = new HashSet<string>(plan.Trials.Length, StringComparer.Ordinal);
        if (plan.Trials.FirstOrDefault(trial => !seen.Add(trial.TrialId)) is { } twice)
        {
            throw new FormatException(FormattableString.Invariant($"trial {twice.TrialId} is there {plan.Trials.Count(trial => trial.TrialId == twice.TrialId)} times"));
        }

        foreach (var cell in plan.Trials.Select(trial => trial.Cell).Distinct(StringComparer.Ordinal))
        {
            _ = Cell.Parse(cell);
        }

        // A million trials have a few dozen of these texts.
        var texts = new HashSet<string>(StringComparer.Ordinal);
        return plan with { Trials = ImmutableArray.CreateRange(plan.Trials, row => row with { Experiment = Once(row.Experiment), Cell = Once(row.Cell), Probe = Once(row.Probe) }) };

        string Once(string text)
        {
            if (texts.TryGetValue(text, out var known))
            {
                return known;
            }

            texts.Add(text);
            return text;
        }
    }

    /// <summary>Writes it, whole or not at all.</summary>
    public void Write(RunFolder folder) => AtomicFile.Write(folder.PlanJson, file =>
    {
        // Not by way of its text: that of a million trials would take half a gigabyte.
        JsonSerializer.Serialize(file, this, _json);
        file.WriteByte((byte)'\n');
    });

    /// <summary>The file's text.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, _json) + "\n";

    /// <summary>The rows of a plan.</summary>
    public static ImmutableArray<PlannedRow> Rows(Plan plan, string hostId) =>
    [
        .. plan.Trials.Select(trial => new PlannedRow(
            trial.Id(hostId), trial.Experiment, trial.Cell.Name, trial.Probe, trial.Block, trial.Repetition, trial.Warmup)),
    ];

    /// <summary>The plan again, its sandboxes regrouped from consecutive trials of one cell and block.</summary>
    public Plan ToPlan(IReadOnlyList<ExperimentDefinition> experiments)
    {
        var known = experiments.ToDictionary(experiment => experiment.Id, StringComparer.Ordinal);
        var trials = Trials.Select(row => new PlannedTrial(row.Experiment, Cell.Parse(row.Cell), row.Probe, row.Block, row.Repetition, row.Warmup));
        return new Plan
        {
            Seed = Seed,
            Quick = Quick,
            Sandboxes = [.. trials.GroupBy(trial => trial.Experiment).SelectMany(group => Plan.Group(group, known[group.Key]))],
        };
    }
}

/// <summary>One planned trial in <c>plan.json</c>.</summary>
public sealed record PlannedRow(string TrialId, string Experiment, string Cell, string Probe, int Block, int Repetition, bool Warmup);

/// <summary>Which parts of a plan a folder holds, in <c>plan.json</c>.</summary>
/// <param name="Parts">One of a shard, several of a merged run; sorted by index.</param>
/// <param name="Count">How many parts the plan was cut into.</param>
/// <param name="Plan">The fingerprint of the whole plan (<see cref="Sharding.ShardedPlan.Fingerprint"/>).</param>
public sealed record PlannedShard(ImmutableArray<PlannedPart> Parts, int Count, string Plan)
{
    /// <summary>The names that <c>--engine</c> gave, sorted; they are in the fingerprint. Null: written by a version that did not record them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ImmutableArray<string>? Engines { get; init; }
}

/// <summary>One part: who ran it.</summary>
/// <param name="Index">From 1.</param>
/// <param name="HostId">Where.</param>
/// <param name="RunId">As which run.</param>
public sealed record PlannedPart(int Index, string HostId, string RunId)
{
    /// <summary>When that run was planned: another run of the same name has another time. Written in merged runs; of a part it is the plan's own.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? CreatedAtUtc { get; init; }
}
