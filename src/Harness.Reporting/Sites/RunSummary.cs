using System.Text.Json;
using Harness.Analysis;
using Harness.Analysis.Checking;
using Harness.Analysis.Judging;
using Harness.Analysis.Statistics;
using Harness.Core;
using Harness.Core.Journaling;
using Harness.Reporting.Model;
using Harness.Reporting.Redacting;

namespace Harness.Reporting.Sites;

/// <summary>A host of a run, as far as a site tells it.</summary>
/// <param name="Id">A salted hash.</param>
/// <param name="System">os-release's PRETTY_NAME.</param>
/// <param name="Kernel">The release.</param>
/// <param name="Architecture">As uname has it.</param>
public sealed record SiteHost(string Id, string System, string Kernel, string Architecture);

/// <summary>A verdict of a run.</summary>
/// <param name="Experiment">Which judged.</param>
/// <param name="Claim">The claim's id.</param>
/// <param name="Scope">Empty for the claim as it stands.</param>
/// <param name="Verdict">One of <see cref="Verdicts.All"/>.</param>
/// <param name="Lead">Its headline.</param>
public sealed record SiteVerdict(string Experiment, string Claim, string Scope, string Verdict, string Lead);

/// <summary>A timed median of a run.</summary>
/// <param name="Experiment">The experiment.</param>
/// <param name="Of">What was measured, where.</param>
public sealed record SiteTime(string Experiment, SampleLine Of);

/// <summary>All that a site keeps of a run beside its published files: what it shows of a run is made from this, and the run's folder is read once.</summary>
public sealed record RunSummary
{
    /// <summary>The format that this program writes and reads.</summary>
    public const int Schema = 1;

    private static readonly JsonSerializerOptions _json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, NewLine = "\n" };

    /// <summary>The file's format.</summary>
    public int SchemaVersion { get; init; } = Schema;

    /// <summary>The run.</summary>
    public required string RunId { get; init; }

    /// <summary>64 hex digits that follow from the run's SHA256SUMS: others are another run of that id, or one that was derived again.</summary>
    public required string Sums { get; init; }

    /// <summary>When it was planned.</summary>
    public required DateTimeOffset CreatedAtUtc { get; init; }

    /// <summary>The harness's version.</summary>
    public required string ToolVersion { get; init; }

    /// <summary>Whether <c>--quick</c> was given.</summary>
    public required bool Quick { get; init; }

    /// <summary>Trials planned.</summary>
    public required int Planned { get; init; }

    /// <summary>Trials measured.</summary>
    public required int Measured { get; init; }

    /// <summary>The parts of a larger plan that it holds, in a run of a part or a merged one, as its redacted plan names them; null: written by a version that did not say.</summary>
    public ImmutableArray<PlannedPart>? Parts { get; init; }

    /// <summary>Where it ran.</summary>
    public required ImmutableArray<SiteHost> Hosts { get; init; }

    /// <summary>The claims' texts by id, of those that it judged.</summary>
    public required ImmutableSortedDictionary<string, string> Claims { get; init; }

    /// <summary>Its verdicts.</summary>
    public required ImmutableArray<SiteVerdict> Verdicts { get; init; }

    /// <summary>Its timed medians.</summary>
    public required ImmutableArray<SiteTime> Times { get; init; }

    /// <summary>The hosts' ids: runs are only set beside each other where they are the same.</summary>
    internal string Where => Joined(Hosts.Select(host => host.Id));

    /// <summary>Whether it is of a run that was planned then and there, however often that was sealed or derived since.</summary>
    internal bool IsOf(DateTimeOffset createdAtUtc, IEnumerable<string> hosts, PlannedShard? shard) =>
        CreatedAtUtc == createdAtUtc && Where == Joined(hosts)
        // A merged run has the time of its first part.
        && (Parts is not { } parts || parts.Select(part => part.Index).SequenceEqual((shard?.Parts ?? []).Select(part => part.Index)));

    /// <summary>Whether it is a part of another run, or merged of fewer of that one's parts: what it found is in that one. An id that was replaced says nothing of another run.</summary>
    internal bool IsWithin(RunSummary whole) =>
        Parts is { IsEmpty: false } own && whole.Parts is { } all && own.Length < all.Length && CreatedAtUtc >= whole.CreatedAtUtc
        && own.All(part => !Removals.IsMark(part.RunId) && all.Any(other => IsSame(part, other)));

    // A merged run tells when each part was planned, a part itself need not: its plan does.
    private bool IsSame(PlannedPart part, PlannedPart other) =>
        (part.Index, part.HostId, part.RunId) == (other.Index, other.HostId, other.RunId)
        && (part.CreatedAtUtc ?? (Parts!.Value.Length == 1 ? CreatedAtUtc : null)) is var planned && (planned is null || other.CreatedAtUtc is null || planned == other.CreatedAtUtc);

    private static string Joined(IEnumerable<string> hosts) => string.Join('+', hosts.Order(StringComparer.Ordinal));

    /// <summary>Of a finished run, each of whose files is what <c>SHA256SUMS</c> says.</summary>
    /// <exception cref="HarnessException">It is not finished, or was changed.</exception>
    public static RunSummary Of(RunFolder folder)
    {
        Check(folder);
        var facts = RunFacts.Read(folder);
        ImmutableArray<SiteVerdict> verdicts = [.. VerdictEngine.ReadFile(folder).Select(row => new SiteVerdict(row.Experiment, FileName(row.Claim), row.Scope, Spelled(row.Verdict), row.Lead))];
        return new RunSummary
        {
            RunId = folder.RunId,
            Sums = SumsOf(folder),
            CreatedAtUtc = facts.Plan.CreatedAtUtc,
            ToolVersion = facts.Plan.ToolVersion.Split('+')[0],
            Quick = facts.Plan.Quick,
            Planned = facts.Coverage.Planned,
            Measured = facts.Coverage.Measured,
            Parts = facts.Plan.Shard?.Parts ?? [],
            Hosts = [.. facts.Hosts.Select(host => new SiteHost(host.HostId, host.Os.PrettyName, host.Kernel.Release, host.Os.Architecture))],
            Claims = verdicts.Select(verdict => verdict.Claim).Distinct(StringComparer.Ordinal).ToImmutableSortedDictionary(id => id, id => facts.Claims.GetValueOrDefault(id, id), StringComparer.Ordinal),
            Verdicts = verdicts,
            Times = [.. facts.Experiments.Where(experiment => experiment.Timed).SelectMany(experiment => StatisticsFiles.Read(folder, experiment.Id).Select(line => new SiteTime(FileName(experiment.Id), line)))],
        };
    }

    /// <summary>Refuses a run that is not what it was sealed as.</summary>
    /// <exception cref="HarnessException">It was changed.</exception>
    internal static void Check(RunFolder folder)
    {
        if (RunChecksums.CheckSources(folder).Concat(RunChecksums.CheckDerived(folder)).FirstOrDefault() is { } finding)
        {
            throw new HarnessException($"{folder.Root}: {finding}; 'harness verify' lists all, and 'harness report' makes derived files again");
        }
    }

    /// <summary>What <see cref="Sums"/> is of a run's folder.</summary>
    /// <exception cref="HarnessException">The run was never sealed.</exception>
    internal static string SumsOf(RunFolder folder)
    {
        try
        {
            return File.Exists(folder.Sums)
                ? RunNames.Mark(folder)
                : throw new HarnessException($"{folder.Root}: has no SHA256SUMS: the run is not finished; continue it with 'harness run --resume'");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HarnessException($"{folder.Sums}: cannot be read ({e.Message.ReplaceLineEndings(" ")})", e);
        }
    }

    /// <summary>The file's text.</summary>
    internal string ToJson() => JsonSerializer.Serialize(this, _json) + "\n";

    /// <summary>Reads a file that <see cref="ToJson"/> made.</summary>
    /// <exception cref="HarnessException">It is none.</exception>
    internal static RunSummary Read(string path)
    {
        try
        {
            var summary = JsonSerializer.Deserialize<RunSummary>(File.ReadAllText(path), _json) ?? throw new JsonException("it is empty");
            return summary.SchemaVersion == Schema ? summary : throw new JsonException(FormattableString.Invariant($"schema_version {summary.SchemaVersion}, and this version reads {Schema}"));
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new HarnessException($"{path}: is no summary of a run ({e.Message.ReplaceLineEndings(" ")}); remove its folder and add the run again", e);
        }
    }

    private static string Spelled(string verdict) => Harness.Analysis.Judging.Verdicts.All.Contains(verdict) ? verdict : throw new HarnessException($"verdicts.csv: '{Core.Running.ShownText.OneLine(verdict)}' is no verdict; 'harness report' makes the file again");

    // Pages, feeds and badges are named by it, and a run may come from anybody.
    private static string FileName(string id) => id.Length is > 0 and <= 64 && id[0] != '.' && id.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-')
        ? id
        : throw new HarnessException($"'{Core.Running.ShownText.OneLine(id)}': a site names files by the ids of claims and experiments; this one is not made of letters, digits, '.', '_' and '-'");
}
