using Harness.Core;

namespace Harness.Reporting.Figures;

/// <summary>What a kind that is drawn as a ladder says in its own words.</summary>
/// <param name="Kind">Its id.</param>
/// <param name="Part">The column that names what a total is made of.</param>
/// <param name="Totals">Heading of the left side.</param>
/// <param name="Shares">Heading of the right side.</param>
/// <param name="IsInNumbers">Whether interval and parts are written as numbers too, in place of n and percent.</param>
internal sealed record LadderWords(string Kind, string Part, string Totals, string Shares, bool IsInNumbers);

/// <summary>A part of a total.</summary>
internal sealed record RungPart(string Name, double Value);

/// <summary>A row: a total with its range, and its parts in the order of the query.</summary>
internal sealed record Rung(string Name, double? Total, double? Low, double? High, long N, string Note, ImmutableArray<RungPart> Parts)
{
    private const int MaxRows = 60;

    /// <summary>Reads the query's answer, one row of it a part.</summary>
    /// <exception cref="HarnessException">There are too many, or a part comes twice or is below zero.</exception>
    public static ImmutableArray<Rung> Read(FigureRows rows, LadderWords words)
    {
        var rungs = new List<Rung>();
        for (var row = 0; row < rows.Count; row++)
        {
            var at = rungs.FindIndex(rung => rung.Name == rows[row, "row"]);
            if (at < 0)
            {
                at = rungs.Count;
                var (low, high) = FigureNumbers.Interval(rows, row, words.Kind);
                rungs.Add(new Rung(rows[row, "row"], FigureNumbers.Read(rows, row, "total", words.Kind), low, high, 0, rows[row, "note"], []));
            }

            var rung = rungs[at];
            if (rows[row, words.Part] is { Length: > 0 } part && FigureNumbers.Read(rows, row, "value", words.Kind) is { } value)
            {
                if (value < 0 || rung.Parts.Any(known => known.Name == part))
                    throw new HarnessException($"a figure of kind '{words.Kind}' has one value a {words.Part}, not below zero; its query breaks that for row '{rung.Name}', {words.Part} '{part}': fix the figure's sql");
                rung = rung with { Parts = rung.Parts.Add(new RungPart(part, value)) };
            }

            rungs[at] = rung with { N = rung.N + (long)(FigureNumbers.Read(rows, row, "n", words.Kind) ?? 0) };
        }

        return rungs.Count <= MaxRows
            ? [.. rungs]
            : throw new FigureTooLargeException(words.Kind, $"{MaxRows} rows", $"{rungs.Count}");
    }

    /// <summary>As they are drawn: rows without a total that say the same share one, in the first one's place.</summary>
    public static ImmutableArray<Rung> Drawn(ImmutableArray<Rung> rungs) =>
    [
        .. rungs
            .GroupBy(rung => rung.Total is null ? (rung.Note, "") : ("", rung.Name))
            .Select(alike => alike.First() is { Total: null } first && alike.Skip(1).Any()
                ? first with { Name = FormattableString.Invariant($"{alike.Count()} not measured"), Note = $"{first.Note}: {string.Join(", ", alike.Select(rung => rung.Name))}" }
                : alike.First()),
    ];

    /// <summary>The parts of all, as the rows have them, so that each stands before what follows it in any row; else by first appearance.</summary>
    public static IEnumerable<string> PartsInOrder(ImmutableArray<Rung> rungs)
    {
        var left = rungs.SelectMany(rung => rung.Parts).Select(part => part.Name).Distinct(StringComparer.Ordinal).ToList();
        while (left.Count > 0)
        {
            var next = left.Find(name => rungs.All(rung => !rung.Parts.TakeWhile(part => part.Name != name).Any(part => left.Contains(part.Name))
                || rung.Parts.All(part => part.Name != name))) ?? left[0];
            yield return next;
            left.Remove(next);
        }
    }

    /// <summary>The row in words.</summary>
    public string Describe(string unit) => Total is not { } total
        ? $"{Name}: {Note}"
        : FormattableString.Invariant($"{Name}: {FigureNumbers.Text(total, unit)}")
            + (Low is { } low && High is { } high ? $" ({FigureNumbers.Text(low, unit)} to {FigureNumbers.Text(high, unit)})" : "")
            + FormattableString.Invariant($", n = {N}")
            + (Parts.IsEmpty ? "" : $"; {string.Join(", ", Parts.Select(part => $"{part.Name} {FigureNumbers.Text(part.Value, unit)}"))}");
}
