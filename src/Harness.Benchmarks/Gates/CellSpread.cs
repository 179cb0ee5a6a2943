using System.Globalization;
using Harness.Analysis.Comparing;
using Harness.Core;

namespace Harness.Benchmarks.Gates;

/// <summary>How far apart a cell's numbers are, in standard deviations of logarithms.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="Within">Blocks of one run.</param>
/// <param name="Between">Runs, beside what all cells of a run share and what their blocks explain.</param>
/// <param name="Shared">What all cells of a run share.</param>
public sealed record CellSpread(string Cell, double Within, double Between, double Shared)
{
    /// <summary>What is assumed of a shared machine that is not overloaded; nobody recorded it: gate-pairs records a machine's own.</summary>
    public static ImmutableArray<CellSpread> Assumed() => Own("spreads-assumed.csv");

    /// <summary>Recorded by gate-pairs on a machine with two processors and a load of 60.</summary>
    public static ImmutableArray<CellSpread> Overloaded() => Own("spreads-overloaded.csv");

    /// <summary>Recorded by gate-pairs on a virtual machine with two processors and nothing else to do.</summary>
    public static ImmutableArray<CellSpread> TwoProcessors() => Own("spreads-two-processors.csv");

    /// <summary>Of runs between which nothing changed, each with its levels by cell.</summary>
    public static ImmutableArray<CellSpread> Of(IReadOnlyCollection<ImmutableDictionary<string, RunLevel>> runs)
    {
        var cells = runs.SelectMany(run => run.Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Where(cell => runs.All(run => run.ContainsKey(cell))).ToImmutableArray();
        var typical = cells.ToDictionary(cell => cell, cell => Median(runs.Select(run => run[cell].Log)), StringComparer.Ordinal);
        ImmutableArray<double> shifts = [.. runs.Select(run => Median(cells.Select(cell => run[cell].Log - typical[cell])))];
        var shared = Math.Sqrt(Variance(shifts));
        return
        [
            .. cells.Select(cell =>
            {
                var levels = runs.Select(run => run[cell]).ToImmutableArray();
                var within = Median(levels.Select(level => level.Within ?? 0));
                var all = Variance([.. levels.Select((level, i) => level.Log - shifts[i])]);
                return new CellSpread(cell, Math.Sqrt(within * levels[0].Blocks / RunLevel.Loss), Math.Sqrt(Math.Max(0, all - within)), shared);
            }),
        ];
    }

    /// <summary>The text that <see cref="Read"/> reads.</summary>
    public static string Text(IEnumerable<CellSpread> cells) =>
        "cell,within,between,shared\n" + string.Concat(cells.Select(cell => string.Create(CultureInfo.InvariantCulture, $"{cell.Cell},{cell.Within:0.0000},{cell.Between:0.0000},{cell.Shared:0.0000}\n")));

    internal static double Median(IEnumerable<double> values)
    {
        ImmutableArray<double> sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static double Variance(ImmutableArray<double> values)
    {
        var mean = values.Average();
        return values.Sum(value => (value - mean) * (value - mean)) / Math.Max(1, values.Length - 1);
    }

    private static ImmutableArray<CellSpread> Own(string name)
    {
        using var stream = typeof(CellSpread).Assembly.GetManifestResourceStream($"Gates/{name}") ?? throw new InvalidOperationException($"{name} is not in the program");
        using var text = new StreamReader(stream);
        return Read(text.ReadToEnd(), name);
    }

    /// <summary>Those of a file.</summary>
    /// <exception cref="HarnessException">It cannot be read.</exception>
    public static ImmutableArray<CellSpread> Read(string text, string name)
    {
        var rows = ImmutableArray.CreateBuilder<CellSpread>();
        GateTable.Read(
            text, name, "the columns cell,within,between,shared with standard deviations of logarithms",
            row => rows.Add(new CellSpread(row.GetString("cell"), row.Number("within"), row.Number("between"), row.Number("shared"))));
        return rows.ToImmutable();
    }
}
