using System.Globalization;
using Harness.Cli;
using Spectre.Console;

namespace Harness.Benchmarks.Measuring;

/// <summary>The answer: what, figure, aim, samples.</summary>
public static class ResultTable
{
    /// <summary>Prints it.</summary>
    public static void Print(IReadOnlyList<ResultRow> rows, Settings settings, Terminal terminal)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn("benchmark", column => column.NoWrap());
        table.AddColumn("what");
        foreach (var name in new[] { "figure", "aim", "met", "samples", "MAD", "least–most" })
        {
            table.AddColumn(name, column => column.NoWrap());
        }

        foreach (var row in rows)
        {
            table.AddRow(Fields(row).Select(Markup.Escape).ToArray());
        }

        terminal.Out.Write(table);
        terminal.Answer(string.Create(
            CultureInfo.InvariantCulture,
            $"Figures are medians over {settings.Rounds} interleaved rounds after one that warmed up; ratios are taken within a round. {settings.Starts} starts, {settings.Parallel} at a time, {Environment.ProcessorCount} processors, load {Load()}."));
    }

    private static string[] Fields(ResultRow row) => row.Figure is not { } figure
        ? [row.Benchmark, $"{row.What}: {row.Reason}", "not measured", "", "", "0", "", ""]
        :
        [
            row.Benchmark,
            row.What,
            $"{Number(figure.Median)} {row.Unit}".TrimEnd(),
            row.Aim is { } aim ? $"{(aim.AtLeast ? "≥" : "≤")} {Number(aim.Limit)} {row.Unit}".TrimEnd() : "",
            row.Aim is null ? "" : row.Aim.IsMet(figure.Median) ? "yes" : "no",
            figure.Count.ToString(CultureInfo.InvariantCulture),
            Number(figure.Spread),
            $"{Number(figure.Least)}–{Number(figure.Most)}",
        ];

    private static string Number(double number) => number.ToString(Math.Abs(number) < 100 ? "0.###" : "0", CultureInfo.InvariantCulture);

    // Beside the figures, since a busy machine is the first reason to doubt them.
    private static string Load() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";
}
