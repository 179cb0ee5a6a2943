using Harness.Analysis.Judging;
using Harness.Analysis.Statistics;

namespace Harness.Reporting.Sites;

/// <summary>A verdict in its run.</summary>
public sealed record VerdictPoint(RunSummary Run, SiteVerdict Verdict);

/// <summary>Runs in a row with the same verdict.</summary>
/// <param name="First">The first of them.</param>
/// <param name="Last">The last of them.</param>
/// <param name="Runs">How many there are.</param>
public sealed record VerdictSpell(VerdictPoint First, VerdictPoint Last, int Runs);

/// <summary>A claim's verdicts in one scope on one host, over time.</summary>
/// <param name="Claim">The claim's id.</param>
/// <param name="Scope">Empty for the claim as it stands.</param>
/// <param name="Experiment">Which judged.</param>
/// <param name="Where">The hosts' ids, joined by <c>+</c>.</param>
/// <param name="Quick">Whether it is of quick runs: fewer trials may judge otherwise.</param>
/// <param name="Spells">The oldest first, at least one.</param>
public sealed record VerdictSeries(string Claim, string Scope, string Experiment, string Where, bool Quick, ImmutableArray<VerdictSpell> Spells)
{
    /// <summary>The newest.</summary>
    public VerdictPoint Newest => Spells[^1].Last;
}

/// <summary>A verdict that is another one than in the run before it on that host.</summary>
public sealed record VerdictTurn(VerdictSeries Series, VerdictPoint Before, VerdictPoint After);

/// <summary>A claim over all runs.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Text">As the newest run states it.</param>
/// <param name="Series">The claim as it stands first, then its scopes.</param>
public sealed record SiteClaim(string Id, string Text, ImmutableArray<VerdictSeries> Series)
{
    /// <summary>The claim as it stands, by experiment and host.</summary>
    public ImmutableArray<VerdictSeries> Whole => [.. Series.Where(series => series.Scope.Length == 0)];

    /// <summary>The newest verdict of the claim as it stands on any host, of a quick run only where there is no other; null where there are scopes only. Of two experiments in one run, the first that decides.</summary>
    public VerdictPoint? Newest => Whole.Select(series => series.Newest)
        .OrderBy(point => point.Run.Quick).ThenByDescending(point => point.Run.CreatedAtUtc).ThenBy(point => point.Verdict.Verdict == Verdicts.NotTested).ThenBy(point => point.Verdict.Experiment, StringComparer.Ordinal).FirstOrDefault();
}

/// <summary>A timed median in its run.</summary>
public sealed record TimePoint(RunSummary Run, SampleLine Of);

/// <summary>Timed medians of one cell on one host, over time.</summary>
/// <param name="Experiment">The experiment.</param>
/// <param name="Points">The oldest first, at least one, each with a median.</param>
/// <param name="Changes">Where it changed: indices of the first point after each change, ascending.</param>
public sealed record TimeSeries(string Experiment, ImmutableArray<TimePoint> Points, ImmutableArray<int> Changes)
{
    /// <summary>Whether it is of quick runs.</summary>
    public bool Quick => Points[^1].Run.Quick;

    /// <summary>What was measured, as the newest run has it.</summary>
    public SampleLine Newest => Points[^1].Of;

    /// <summary>The stretches between changes: their points' median, in the unit.</summary>
    public ImmutableArray<(int From, int To, double Median)> Stretches =>
    [
        .. Changes.Prepend(0).Zip(Changes.Append(Points.Length), (from, to) => (from, to, SampleSummary.Of(Points[from..to].Select(point => point.Of.Median!.Value)).Median!.Value)),
    ];
}

/// <summary>What a site shows.</summary>
/// <param name="Runs">The oldest first.</param>
/// <param name="Claims">By id.</param>
/// <param name="Turns">Verdicts that changed, the newest first.</param>
/// <param name="Times">By experiment, measure, probe, cell and host.</param>
public sealed record Site(ImmutableArray<RunSummary> Runs, ImmutableArray<SiteClaim> Claims, ImmutableArray<VerdictTurn> Turns, ImmutableArray<TimeSeries> Times)
{
    /// <summary>Of runs, the oldest first. What ran on different hosts is never one series, nor are quick runs and others. A part of a run that is there too is in no series.</summary>
    public static Site Of(ImmutableArray<RunSummary> runs)
    {
        var merged = runs.Where(run => run.Parts is { Length: > 1 }).ToImmutableArray();
        var counted = runs.Where(run => !merged.Any(run.IsWithin)).ToImmutableArray();
        var series = counted.SelectMany(run => run.Verdicts.Select(verdict => new VerdictPoint(run, verdict)))
            .GroupBy(point => (point.Verdict.Claim, point.Verdict.Scope, point.Verdict.Experiment, point.Run.Where, point.Run.Quick))
            .OrderBy(group => group.Key.Claim, StringComparer.Ordinal).ThenBy(group => group.Key.Scope, StringComparer.Ordinal).ThenBy(group => group.Key.Experiment, StringComparer.Ordinal).ThenBy(group => group.Key.Where, StringComparer.Ordinal).ThenBy(group => group.Key.Quick)
            .Select(group => new VerdictSeries(group.Key.Claim, group.Key.Scope, group.Key.Experiment, group.Key.Where, group.Key.Quick, Spells(group)))
            .ToImmutableArray();
        var texts = counted.SelectMany(run => run.Claims).GroupBy(claim => claim.Key, StringComparer.Ordinal).ToDictionary(claim => claim.Key, claim => claim.Last().Value, StringComparer.Ordinal);
        return new Site(
            runs,
            [.. series.GroupBy(one => one.Claim, StringComparer.Ordinal).Select(claim => new SiteClaim(claim.Key, texts[claim.Key], [.. claim]))],
            [.. series.SelectMany(TurnsOf).OrderByDescending(turn => turn.After.Run.CreatedAtUtc).ThenBy(turn => turn.Series.Claim, StringComparer.Ordinal).ThenBy(turn => turn.Series.Scope, StringComparer.Ordinal)],
            [
                .. counted.SelectMany(run => run.Times.Where(time => time.Of.Median is not null).Select(time => (time.Experiment, Point: new TimePoint(run, time.Of))))
                    .GroupBy(time => (time.Experiment, time.Point.Of.Measure, time.Point.Of.Unit, time.Point.Of.Probe, time.Point.Of.Cell, time.Point.Of.HostId, time.Point.Run.Quick))
                    .OrderBy(group => group.Key.Experiment, StringComparer.Ordinal).ThenBy(group => group.Key.Measure, StringComparer.Ordinal).ThenBy(group => group.Key.Probe, StringComparer.Ordinal)
                    .ThenBy(group => group.Key.Cell, StringComparer.Ordinal).ThenBy(group => group.Key.HostId, StringComparer.Ordinal).ThenBy(group => group.Key.Quick)
                    .Select(group => Series(group.Key.Experiment, [.. group.Select(time => time.Point)])),
            ]);
    }

    /// <summary>The run that a run is a part of, the first of those; null: it stands for itself.</summary>
    internal RunSummary? Whole(RunSummary run) => Runs.FirstOrDefault(run.IsWithin);

    private static TimeSeries Series(string experiment, ImmutableArray<TimePoint> points) => new(experiment, points, ChangePoints.Of([.. points.Select(point => point.Of.Median!.Value)]));

    private static ImmutableArray<VerdictSpell> Spells(IEnumerable<VerdictPoint> points)
    {
        var spells = ImmutableArray.CreateBuilder<VerdictSpell>();
        foreach (var point in points)
        {
            if (spells.Count > 0 && spells[^1].Last.Verdict.Verdict == point.Verdict.Verdict)
            {
                spells[^1] = spells[^1] with { Last = point, Runs = spells[^1].Runs + 1 };
            }
            else
            {
                spells.Add(new VerdictSpell(point, point, 1));
            }
        }

        return spells.ToImmutable();
    }

    private static IEnumerable<VerdictTurn> TurnsOf(VerdictSeries series) => series.Spells.Zip(series.Spells.Skip(1), (before, after) => new VerdictTurn(series, before.Last, after.First));
}
