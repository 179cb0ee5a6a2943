using System.Globalization;
using CsvHelper;
using Harness.Core;
using Harness.Core.Journaling;

namespace Harness.Benchmarks.Gates;

/// <summary>How far apart a cell's numbers are, in standard deviations of logarithms.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="Within">Blocks of one run.</param>
/// <param name="Between">Runs, beside what all cells of a run share and what their blocks explain.</param>
/// <param name="Shared">What all cells of a run share.</param>
internal sealed record RecordedSpread(string Cell, double Within, double Between, double Shared)
{
    /// <summary>Those that come with the program: of runs of gate-pairs on a machine that others used.</summary>
    internal static ImmutableArray<RecordedSpread> Own()
    {
        using var stream = typeof(RecordedSpread).Assembly.GetManifestResourceStream("Gates/recorded-spreads.csv") ?? throw new InvalidOperationException("recorded-spreads.csv is not in the program");
        using var text = new StreamReader(stream);
        return Read(text.ReadToEnd(), "recorded-spreads.csv");
    }

    /// <summary>Those of a file.</summary>
    /// <exception cref="HarnessException">It cannot be read.</exception>
    internal static ImmutableArray<RecordedSpread> Read(string text, string name)
    {
        try
        {
            var rows = ImmutableArray.CreateBuilder<RecordedSpread>();
            using var reader = CsvReader.Create(new StringReader(text), Csv.ReaderOptions);
            while (reader.Read())
            {
                rows.Add(new RecordedSpread(reader.GetString("cell"), Number("within"), Number("between"), Number("shared")));
            }

            return rows.ToImmutable();

            double Number(string column) => double.Parse(reader.GetString(column), NumberStyles.Float, CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is FormatException or ArgumentException or KeyNotFoundException)
        {
            throw new HarnessException($"{name}: needs the columns cell,within,between,shared with standard deviations of logarithms ({e.Message.ReplaceLineEndings(" ")})", e);
        }
    }
}
