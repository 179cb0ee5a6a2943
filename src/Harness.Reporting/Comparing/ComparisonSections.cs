using System.Globalization;
using Harness.Analysis.Comparing;
using Harness.Analysis.Statistics;
using Harness.Reporting.Figures;
using Harness.Reporting.Model;

namespace Harness.Reporting.Comparing;

/// <summary>What a comparison says, in sections that every format writes: what differs in the conditions first, times last.</summary>
internal static class ComparisonSections
{
    private const string Missing = "–";

    // A slowdown that gates are expected to find: docs/comparing-runs.md says how often they do.
    private const double Usual = 1.3;

    /// <summary>The sections of a comparison, those of its gate first.</summary>
    /// <param name="comparison">The comparison.</param>
    /// <param name="gate">What its gate says; null where none was asked for.</param>
    /// <param name="most">How many rows a table has at most: CSV and JSON have all.</param>
    public static ImmutableArray<Section> Of(RunComparison comparison, GateResult? gate, int most) =>
    [
        .. gate is null ? [] : new[] { GateSection(gate) },
        .. comparison.Sides.SelectMany((side, i) => Side(comparison, side, comparison.Sides.Length > 1 ? $"{side.New.Name}: " : "", i + 1, most)),
        Method(comparison),
    ];

    /// <summary>One sentence on a side.</summary>
    public static string Lead(SideComparison side)
    {
        var (coverage, times) = (side.Coverage, side.Times.Rows);
        var counts = new[] { TimedRow.Slower, TimedRow.Faster, TimedRow.WithinNoise, TimedRow.TooFew }.Select(word => Invariant($"{times.Count(row => row.Word == word)} {word}"));
        return Invariant($"Measured in both: {coverage.BothMeasured} of {coverage.BothPlanned} trials planned in both. ")
            + Invariant($"Verdicts changed: {side.Verdicts.Length} ({side.Verdicts.Count(change => change.IsWorse)} worse). Readings that differ: {side.Readings.Changes.Length} of {side.Readings.Compared}. Files that differ: {side.Files.Length}. ")
            + $"Times: {(times.IsEmpty ? "none" : string.Join(", ", counts))}.";
    }

    private static string Sight(ImmutableArray<double> smallest)
    {
        var (least, most, missed) = (Factor(smallest.Min()), Factor(smallest.Max()), smallest.Count(factor => factor > Usual));
        var seen = least == most ? $"to {least}× the base's time" : $"to between {least}× (the quietest cell) and {most}× (the noisiest) the base's time";
        return Invariant($"What it can see: with these runs, 95 % of gates would suspect a slowdown {seen}. {(missed == 0 ? "" : Invariant($"A slowdown to {Factor(Usual)}× may be missed in {missed} of the {smallest.Length} rows, because the runs differ too much from each other. A base of several runs, a quieter host or more blocks helps."))}").TrimEnd();
    }

    private static string Unconfirmed(GateResult gate) =>
        "The gate does not hold. No second run has confirmed it: run it again and name that run with --confirm."
        + (gate.Alarms.Any(alarm => alarm.Kind == GateKind.Slower) ? Invariant($" Where nothing changed, up to {100 * GateResult.Suspected:0} % of gates suspect a slower cell at first.") : "");

    private static Section GateSection(GateResult gate)
    {
        var said = gate.IsEmpty ? "Nothing could be compared: the gate says nothing."
            : !gate.Counted.Any() && gate.IsUnsure ? "The gate neither holds nor fails: it could not see all that it is asked for."
            : gate.Alarms.IsEmpty ? "The gate holds."
            : gate.Alarms.All(alarm => alarm is { Confirmed: null, Unanswered: null }) ? Unconfirmed(gate)
            : gate.Counted.Any() && gate.Alarms.All(alarm => alarm.Confirmed != true) ? "The gate does not hold: the second run does not answer. Run all that the new run has again, and name that run with --confirm."
            : gate.Counted.Any() ? "The gate does not hold: a second run shows the same."
            : "The gate holds: the second run shows none of what the first one did.";
        return new Section("gate", "Gate",
        [
            new Block.Paragraph($"{said} It looks at: {Names(gate.Kinds)}.{(gate.Silent.IsEmpty ? "" : $" Nothing could be compared for: {Names(gate.Silent)}.")}"),
            .. gate.Smallest.IsEmpty ? [] : new Block[] { new Block.Paragraph(Sight(gate.Smallest)) },
            .. gate.Alarms.IsEmpty ? [] : new Block[]
            {
                new Block.Grid(
                    "Alarms", [new("gate"), new("about"), new("what"), new("confirmed")],
                    [.. gate.Alarms.Select(alarm => ImmutableArray.Create<Passage>(
                        alarm.Kind.ToString().ToLowerInvariant(), [new Inline.Code(alarm.Name)], alarm.What, alarm.Confirmed switch { true => "yes", false => "no", null => alarm.Unanswered is { } why ? $"no answer: {why}" : "not asked" }))]),
            },
        ]);
    }

    private static string Names(IEnumerable<GateKind> kinds) => string.Join(", ", kinds.Select(ComparisonTable.Name));

    private static IEnumerable<Section> Side(RunComparison comparison, SideComparison side, string prefix, int number, int most)
    {
        yield return new Section($"summary-{number}", $"{prefix}Summary", [new Block.Paragraph(Lead(side))]);
        if (!side.Unlike.IsEmpty)
        {
            yield return new Section($"conditions-{number}", $"{prefix}Conditions that differ", Table(
                "Conditions that differ", [new("what"), new("base"), new("new"), new("compared only with --across")], side.Unlike, most,
                unlike => [unlike.What, unlike.Base, unlike.New, unlike.Refuses ? "yes" : "no"]));
        }

        yield return new Section($"coverage-{number}", $"{prefix}Coverage", Coverage(side.Coverage, most));
        if (!side.Verdicts.IsEmpty)
        {
            yield return new Section($"verdicts-{number}", $"{prefix}Verdicts that changed", [.. Verdicts(side.Verdicts, most)]);
        }

        if (!side.Readings.Changes.IsEmpty)
        {
            yield return new Section($"readings-{number}", $"{prefix}Readings that differ",
            [
                new Block.Paragraph(Invariant($"{side.Readings.Changes.Length} of {side.Readings.Compared} readings that were measured in both differ, or one side lacks them. Clocks, process ids and what each boot draws anew are left out{(side.Readings.Varying > 0 ? Invariant($", and {side.Readings.Varying} readings that are another one in every trial of both sides") : "")}.")),
                .. Table(
                    "Readings that differ", [new("experiment"), new("cell"), new("reading"), new("base"), new("new")], side.Readings.Changes, most,
                    change => [change.Experiment, [new Inline.Code(change.Cell)], Reading(change), change.Base ?? "no reading", change.New ?? "no reading"]),
            ]);
        }

        if (!side.Files.IsEmpty)
        {
            yield return new Section($"files-{number}", $"{prefix}Files of images that differ",
            [
                new Block.Paragraph(Invariant($"{side.Files.Count(file => file.New is null)} are gone, {side.Files.Count(file => file.Base is null)} were added, {side.Files.Count(file => file is { Base: not null, New: not null })} are others.")),
                .. Table(
                    "Files of images that differ", [new("userland"), new("path"), new("base"), new("new")], side.Files, most,
                    file => [file.Userland, [new Inline.Code(file.Path)], file.Base ?? "not there", file.New ?? "not there"]),
            ]);
        }

        if (!side.Times.Rows.IsEmpty)
        {
            yield return new Section($"times-{number}", $"{prefix}Times", Times(comparison, side.Times, most));
        }
    }

    private static ImmutableArray<Block> Coverage(CoverageComparison coverage, int most) =>
    [
        new Block.Paragraph(Invariant($"Base: {coverage.BaseMeasured} of {coverage.BasePlanned} planned trials measured. New: {coverage.NewMeasured} of {coverage.NewPlanned}. Planned in both: {coverage.BothPlanned}; measured in both: {coverage.BothMeasured}.")),
        .. coverage.Cells.IsEmpty ? [] : Table(
            "Cells of which not the same was measured", [new("experiment"), new("cell"), new("base", IsNumber: true), new("new", IsNumber: true), new("why")], coverage.Cells, most,
            cell => [cell.Experiment, [new Inline.Code(cell.Cell)], Invariant($"{cell.BaseMeasured} of {cell.BasePlanned}"), Invariant($"{cell.NewMeasured} of {cell.NewPlanned}"), cell.NewPlanned == 0 ? "not planned in new" : cell.BasePlanned == 0 ? "not planned in base" : cell.Reason]),
    ];

    private static IEnumerable<Block> Verdicts(ImmutableArray<VerdictChange> changes, int most)
    {
        foreach (var block in Table(
            "Verdicts that changed", [new("claim"), new("scope"), new("experiment"), new("base"), new("new"), new("worse"), new("headline")], changes, most,
            change => [change.Claim, change.Scope, change.Experiment, change.Base ?? Missing, change.New ?? Missing, change.IsWorse ? [new Inline.Strong("yes")] : "no", change.Lead]))
        {
            yield return block;
        }

        var rows = changes.SelectMany(change => change.Rows.Select(row => (Change: change, Row: row))).ToImmutableArray();
        if (rows.IsEmpty)
        {
            yield return new Block.Paragraph("No row behind them differs but by its numbers.");
            yield break;
        }

        yield return new Block.Paragraph("The rows that changed them:");
        foreach (var block in Table(
            "Rows that changed them", [new("claim"), new("scope"), new("cell"), new("probe"), new("block", IsNumber: true), new("base's trial"), new("new trial"), new("what")], rows, most,
            row =>
            [
                row.Change.Claim, row.Change.Scope, [new Inline.Code(row.Row.Cell)], row.Row.Probe, Invariant($"{row.Row.Block}"),
                Code(row.Row.BaseTrial), Code(row.Row.NewTrial), row.Row.What,
            ]))
        {
            yield return block;
        }
    }

    private static ImmutableArray<Block> Times(RunComparison comparison, TimedComparison times, int most) =>
    [
        new Block.Paragraph(Spread(comparison.Spread) + Unlearnt(comparison.Spread, times)),
        new Block.Paragraph(Shift(times)),
        .. Table(
            "Times", [new("measure, probe"), new("cell"), new("base", IsNumber: true), new("new", IsNumber: true), new("ratio", IsNumber: true), new("interval"), new("p", IsNumber: true), new("new is")], times.Rows, most,
            row =>
            [
                [new Inline.Code(row.Key.Measure), new Inline.Plain(", "), new Inline.Code(row.Key.Probe)], row.Label, Value(row.Base, row.Key.Unit), Value(row.New, row.Key.Unit),
                row.Ratio is { } ratio ? Factor(ratio) : Missing, Range(row.Interval), row.Corrected is { } p ? p.ToString("0.000", CultureInfo.InvariantCulture) : Missing,
                row.Word is TimedRow.Slower or TimedRow.Faster ? [new Inline.Strong(row.Word)] : row.Word,
            ]),
    ];

    private static string Spread(RunSpread spread) => spread.IsLearnt
        ? Invariant($"The spread between runs is learnt from {spread.Runs} runs on {spread.Hosts} {(spread.Hosts == 1 ? "host" : "hosts")}.")
        : Invariant($"The spread between runs is not known: no {RunSpread.Least} runs of one kind were given (--history RUNS). It is assumed that runs of one cell differ by {100 * (RunSpread.Assumed - 1):0} % (one standard deviation), or by as much as single blocks of a run where that is more, and all cells of a run together by as much again. A smaller difference than about {SmallestSeen()}× is not seen.");

    private static string Unlearnt(RunSpread spread, TimedComparison times) => times.Rows.Count(row => !row.IsSpreadLearnt) is > 0 and var rows && spread.IsLearnt
        ? Invariant($" Of {rows} of the {times.Rows.Length} rows these runs say too little: their spread is assumed, as without a history.")
        : "";

    // Of one cell between two single runs, whose blocks agree perfectly.
    private static string SmallestSeen() => Factor(Math.Exp(1.96 * Math.Sqrt(2 * RunSpread.WithOthers) * Math.Log(RunSpread.Assumed)));

    private static string Shift(TimedComparison times) => times switch
    {
        { Cells: < SharedShift.Least } => Invariant($"A shift that all cells share cannot be told from a cell's own: that takes {SharedShift.Least} cells."),
        { Shift: null } => "Most cells moved further than all cells of a run do together, and some did not: so it is not the host alone. The ratios are as measured, and their intervals hold what all cells of a run may share.",
        { Shift: { } shift } when Math.Abs(Math.Log(shift)) >= Math.Log(1.05) => Invariant($"Over all {times.Cells} cells the median is {Factor(shift)}× the base's time: that is the host's doing or the harness's, and no cell's. It is taken out of the ratios, as far as each cell goes along with it."),
        { Shift: { } shift } => Invariant($"What the cells share ({Factor(shift)}×) is taken out of the ratios, as far as each cell goes along with it."),
    };

    private static Section Method(RunComparison comparison) => new("method", "How to read it",
    [
        new Block.Paragraph(Invariant($"Times: ratios are new over base, of pseudo-medians of blocks; runs are independent, so nothing is paired. The {100 * TimedComparison.Confidence:0} % intervals hold the spread between runs. Slower and faster need both a ratio of at least {Factor(comparison.Options.Matters)} (or below one over it) and p ≤ {PairTest.Level} after Holm's correction over all rows compared; within noise is the rest; too few: a side has fewer than {TimedComparison.LeastBlocks} blocks, of hosts that both sides have it of.")),
        .. comparison.WithoutSamples.IsEmpty ? [] : new[] { new Block.Paragraph($"Not compared, since the SQL has no view sample for its times: {string.Join(", ", comparison.WithoutSamples)}.") },
        .. comparison.BaseUnused.IsEmpty ? [] : new[] { new Block.Paragraph($"Runs of the base that were not used: {string.Join("; ", comparison.BaseUnused)}.") },
        .. comparison.Unused.IsEmpty ? [] : new[] { new Block.Paragraph($"Runs of the history that were not used: {string.Join("; ", comparison.Unused)}.") },
    ]);

    private static ImmutableArray<Block> Table<T>(string name, ImmutableArray<Column> columns, ImmutableArray<T> rows, int most, Func<T, ImmutableArray<Passage>> row) =>
    [
        new Block.Grid(name, columns, [.. rows.Take(most).Select(row)]),
        .. rows.Length <= most ? [] : new[] { new Block.Paragraph(Invariant($"{rows.Length - most} more are not shown: --format csv and --format json have all.")) },
    ];

    private static Passage Reading(ReadingChange change) =>
        string.Join(", ", new[] { change.Probe, change.Subject.Length == 0 ? change.Metric : change.Metric.Length == 0 ? change.Subject : $"{change.Metric}[{change.Subject}]" }.Where(part => part.Length > 0));

    private static Passage Code(string? text) => text is null ? Missing : [new Inline.Code(text)];

    private static string Value(TimedSide side, string unit) => side.Median is { } median
        ? Invariant($"{FigureNumbers.Text(median, unit)} ({side.Blocks}{(side.Runs > 1 ? Invariant($" in {side.Runs} runs") : "")})")
        : Missing;

    private static string Range(Interval? interval) => interval is { } range ? $"{Factor(range.Low)}–{Factor(range.High)}" : Missing;

    private static string Factor(double factor) =>
        factor.ToString(factor switch { < 0.1 => "0.0000", < 10 => "0.00", < 100 => "0.0", _ => "0" }, CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
