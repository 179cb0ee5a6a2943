using System.Globalization;
using System.Text.Json.Serialization;
using Harness.Analysis.Judging;
using Harness.Analysis.Statistics;
using Harness.Core;

namespace Harness.Analysis.Comparing;

/// <summary>What a gate looks at.</summary>
public enum GateKind
{
    /// <summary>A cell that takes longer.</summary>
    Slower,

    /// <summary>A verdict that worsened.</summary>
    Verdict,

    /// <summary>Coverage that shrank.</summary>
    Coverage,

    /// <summary>All cells that take longer together: on a host that nobody else uses, the harness or the kernel.</summary>
    Shift,
}

/// <summary>Something that a gate objects to.</summary>
/// <param name="Kind">What it looks at.</param>
/// <param name="Name">What it is about, one line.</param>
/// <param name="What">What happened to it.</param>
/// <param name="Confirmed">Whether the second run says the same; null where there is none, or where it does not answer.</param>
public sealed record Alarm(GateKind Kind, string Name, string What, bool? Confirmed)
{
    /// <summary>Why the second run does not answer; null where it does, or where there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Unanswered { get; init; }

    /// <summary>The verdict that it is about, where it is about one.</summary>
    internal VerdictChange? Verdict { get; init; }

    /// <summary>The cells that it is about, where it is about coverage.</summary>
    internal ImmutableArray<CoverageChange> Cells { get; init; } = [];

    /// <summary>The time that it is about, where it is about one.</summary>
    internal TimedKey? Key { get; init; }
}

/// <summary>What a gate says.</summary>
/// <param name="Kinds">What was looked at.</param>
/// <param name="Alarms">In the order of <see cref="GateKind"/>.</param>
/// <param name="Silent">Of these, in their order, what had nothing to look at: they do not object, and do not hold either.</param>
public sealed record GateResult(ImmutableArray<GateKind> Kinds, ImmutableArray<Alarm> Alarms, ImmutableArray<GateKind> Silent)
{
    /// <summary>What a gate looks at where the user does not choose. A base without times, or without verdicts, then needs none.</summary>
    public static ImmutableArray<GateKind> Usual { get; } = [GateKind.Slower, GateKind.Verdict, GateKind.Coverage];

    /// <summary>The chance of even one suspicion of a slower cell where nothing changed. One that a second run confirms has a chance below <see cref="PairTest.Level"/>.</summary>
    public const double Suspected = 0.1;

    /// <summary>
    /// By time, the least factor by which it must be longer for the first run to suspect it in 95 % of gates: what the gate cannot see is below. Empty where it
    /// does not look at times.
    /// </summary>
    public ImmutableArray<double> Smallest { get; private init; } = [];

    /// <summary>Alarms that count: with a second run those that it does not refute, else all.</summary>
    public IEnumerable<Alarm> Counted => Alarms.Where(alarm => alarm.Confirmed != false);

    /// <summary>Whether nothing could be compared.</summary>
    public bool IsEmpty { get; private init; }

    /// <summary>Whether something that was to be looked at could not be: without an alarm the gate does not hold.</summary>
    public bool IsUnsure { get; private init; }

    /// <summary>The command's exit code.</summary>
    public int ExitCode => IsEmpty ? Core.ExitCode.NothingMeasured : Counted.Any() ? Core.ExitCode.GateFailed : IsUnsure ? Core.ExitCode.NothingMeasured : Core.ExitCode.Ok;

    /// <summary>Judges a comparison.</summary>
    /// <param name="chosen">What the user wants looked at; null: <see cref="Usual"/>.</param>
    /// <param name="first">The base and the run in question.</param>
    /// <param name="second">The base and the run that confirms; null where there is none. Of times it needs to show only those that the first one showed.</param>
    public static GateResult Of(ImmutableArray<GateKind>? chosen, RunComparison first, RunComparison? second)
    {
        var kinds = chosen ?? Usual;
        var alarms = first.Sides.SelectMany(side => Look(side, kinds, first.Options, null)).ToImmutableArray();
        if (second is not null)
        {
            var keys = alarms.Select(alarm => alarm.Key).OfType<TimedKey>().ToHashSet();
            var again = second.Sides.SelectMany(side => Look(side, kinds, second.Options, keys)).Select(alarm => (alarm.Kind, alarm.Name)).ToHashSet();
            alarms = [.. alarms.Select(alarm =>
                alarm.Kind == GateKind.Coverage ? Covered(alarm, second)
                : again.Contains((alarm.Kind, alarm.Name)) ? alarm with { Confirmed = true }
                : Silence(alarm, second) is { } why ? alarm with { Unanswered = why }
                : alarm with { Confirmed = false })];
        }

        ImmutableArray<GateKind> silent = [.. kinds.Where(kind => first.Sides.Any(side => IsSilent(kind, side)))];
        return new GateResult(kinds, alarms, silent)
        {
            IsEmpty = first.IsEmpty,
            // Nobody who leaves the choice to the gate wants times of experiments that have none; and beside something else that was looked at, verdicts of a
            // base that tested no claim cannot get worse.
            IsUnsure = silent.Length == kinds.Length || silent.Any(kind => kind == GateKind.Verdict ? first.HasVerdicts : chosen is not null || kind != GateKind.Slower || first.HasTimes),
            Smallest = kinds.Contains(GateKind.Slower) ? [.. first.Sides.SelectMany(side => Sees(side.Times, first.Options.Matters))] : [],
        };
    }

    // What a gate has not seen is not well: neither times of too few blocks, nor claims that nobody tested.
    private static bool IsSilent(GateKind kind, SideComparison side) => kind switch
    {
        GateKind.Slower => side.Times.Rows.All(row => row.P is null),
        GateKind.Shift => side.Times.Shift is null,
        GateKind.Verdict => side.VerdictsCompared == 0,
        GateKind.Coverage => side.Coverage.BaseMeasured == 0,
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    private static Alarm Covered(Alarm alarm, RunComparison second)
    {
        // A coverage that shrinks elsewhere the second time has still shrunk twice. What the second run did not plan it could not lose.
        if (second.Sides.Any(side => side.Coverage.HasLost))
        {
            return alarm with { Confirmed = true };
        }

        // Cells that no plan has any more are gone from the second one too.
        return !alarm.Cells.Any(cell => second.Sides.All(side => side.Coverage.Planned(cell) is 0 || side.Coverage.Planned(cell) < cell.Missing)) ? alarm with { Confirmed = false }
            : alarm.Cells.All(cell => cell.NewPlanned == 0) ? alarm with { Confirmed = true }
            : alarm with { Unanswered = alarm.Cells.Length == 1 ? "it did not plan this cell, or too little of it" : "it did not plan all of these cells" };
    }

    // Of what it has not measured, a second run says nothing: that clears nobody.
    private static string? Silence(Alarm alarm, RunComparison second) => alarm switch
    {
        { Key: { } key } when second.Sides.All(side => side.Times.Rows.All(row => row.Key != key || row.P is null)) => "it has too few times of this cell, or none",
        { Kind: GateKind.Shift } when second.Sides.All(side => side.Times.Shift is null) => "it does not show what all cells share",
        { Verdict: { } verdict } when !second.Sides.Any(side => Answers(side, verdict)) => "it does not judge this claim, or tested nothing of it",
        _ => null,
    };

    // A verdict that is not among those that changed is the base's.
    private static bool Answers(SideComparison side, VerdictChange verdict) =>
        side.New.Runs.Any(run => run.Plan.Experiments.Contains(verdict.Experiment))
        && (side.Verdicts.FirstOrDefault(change => (change.Experiment, change.Claim, change.Scope) == (verdict.Experiment, verdict.Claim, verdict.Scope)) is { } again ? again.New : verdict.Base) is not (null or Verdicts.NotTested);

    private static IEnumerable<double> Sees(TimedComparison times, double matters)
    {
        var rows = times.Rows.Where(row => row.Error is not null).ToImmutableArray();
        return rows.Select(row => Math.Exp(Math.Max(Student.Beyond(Suspected / rows.Length, row.Freedom) * row.Error!.Value, Math.Log(matters)) + (Student.Beyond(PairTest.Level, row.Freedom) * row.Error!.Value)));
    }

    private static IEnumerable<Alarm> Look(SideComparison side, ImmutableArray<GateKind> kinds, ComparisonOptions options, IReadOnlySet<TimedKey>? only)
    {
        if (kinds.Contains(GateKind.Slower))
        {
            foreach (var (row, p) in Slower(side.Times, options.Matters, only))
            {
                yield return new Alarm(
                    GateKind.Slower, $"{row.Key.Cell} {row.Key.Measure}{(row.Key.Probe.Length > 0 ? $" ({row.Key.Probe})" : "")}",
                    string.Create(CultureInfo.InvariantCulture, $"{row.Ratio:0.00}× the base's time ({100 * TimedComparison.Confidence:0} % interval {row.Interval!.Value.Low:0.00}–{row.Interval.Value.High:0.00}; p of 'not slower' {p:0.000})"), null)
                {
                    Key = row.Key,
                };
            }
        }

        if (kinds.Contains(GateKind.Verdict))
        {
            foreach (var change in side.Verdicts.Where(change => change.IsWorse))
            {
                yield return new Alarm(GateKind.Verdict, $"{change.Claim}{(change.Scope.Length > 0 ? $" ({change.Scope})" : "")} of {change.Experiment}", $"{change.Base} → {change.New}", null) { Verdict = change };
            }
        }

        if (kinds.Contains(GateKind.Coverage))
        {
            foreach (var cell in side.Coverage.Lost)
            {
                yield return new Alarm(
                    GateKind.Coverage, $"{cell.Cell} of {cell.Experiment}",
                    cell.NewPlanned == 0 ? "is not planned any more" : $"is not measured any more{(cell.Reason.Length > 0 ? $": {cell.Reason}" : "")}", null)
                {
                    Cells = [cell],
                };
            }

            if (side.Coverage.Lost.IsEmpty && side.Coverage.IsShrunk)
            {
                yield return new Alarm(
                    GateKind.Coverage, "trials",
                    string.Create(CultureInfo.InvariantCulture, $"{side.Coverage.Missing} of the {side.Coverage.BaseMeasured} that the base measured are missing, more than {100 * CoverageComparison.Tolerated:0} %"), null)
                {
                    Cells = [.. side.Coverage.Cells.Where(cell => cell.Missing > 0)],
                };
            }
        }

        if (kinds.Contains(GateKind.Shift) && side.Times.Shift >= options.Matters)
        {
            yield return new Alarm(GateKind.Shift, "all cells", string.Create(CultureInfo.InvariantCulture, $"{side.Times.Shift:0.00}× the base's time, all {side.Times.Cells} together"), null);
        }
    }

    /// <summary>
    /// The rows that are slower, each with its p of "it takes no longer", corrected (Holm 1979). Asked in one direction, since a gate objects to no other. An
    /// alarm counts where two runs show it, so that the first may be quicker to suspect: with a base of its own, that makes one gate in ten run again,
    /// and fewer than one in twenty object. The second run is asked of the rows that the first named, and of no other.
    /// </summary>
    /// <param name="times">The times of the first run, or of the second.</param>
    /// <param name="matters">The least factor that matters, above 1.</param>
    /// <param name="only">What the first run named; null for the first run.</param>
    public static IEnumerable<(TimedRow Row, double P)> Slower(TimedComparison times, double matters, IReadOnlySet<TimedKey>? only)
    {
        var rows = times.Rows.Where(row => row.P is not null && only?.Contains(row.Key) != false).ToImmutableArray();
        var corrected = Holm.Adjust([.. rows.Select(row => row.PNotSlower!.Value)]);
        return rows.Zip(corrected).Where(row => row.Second <= (only is null ? Suspected : PairTest.Level) && row.First.Ratio >= matters);
    }
}
