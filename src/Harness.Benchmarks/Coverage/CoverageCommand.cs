using System.CommandLine;
using System.Globalization;
using Harness.Analysis.Statistics;
using Harness.Cli;
using Harness.Core;
using Harness.Core.Definitions;
using Spectre.Console;

namespace Harness.Benchmarks.Coverage;

/// <summary><c>coverage</c>: how often the intervals and words that the program prints are true, where the truth is known.</summary>
internal static class CoverageCommand
{
    private static readonly string[] _columns = ["what", "design", "errors", "stated", "measured", "±", "holds"];

    /// <summary>The command; exit code 1 where something that is printed does not hold within a point.</summary>
    internal static Command Create(Terminal terminal, Option<int> draws)
    {
        var seed = new Option<int>("--seed") { HelpName = "N", Description = "Random seed for everything that is drawn.", DefaultValueFactory = _ => 1 };
        var command = new Command("coverage", "Simulate the timed experiments as they ship and print stated against true coverage of every interval.") { draws, seed };
        command.SetAction((result, cancellation) => Task.Run(() => Run(terminal, result.GetValue(draws), (ulong)result.GetValue(seed), cancellation), cancellation));
        return command;
    }

    private static int Run(Terminal terminal, int draws, ulong seed, CancellationToken cancellation)
    {
        var definitions = ExperimentsFolder.Read(Locations.Find(null).Experiments);
        var rows = new List<CoverageRow>();
        foreach (var errors in ErrorModel.All)
        {
            cancellation.ThrowIfCancellationRequested();
            terminal.Message($"coverage: {errors.Name}");
            rows.AddRange(StartupCoverage.Run(definitions, errors, draws, seed));
            cancellation.ThrowIfCancellationRequested();
            rows.AddRange(FootprintCoverage.Run(definitions, errors, draws, seed));
            rows.Add(FootprintCoverage.Before(definitions, errors, draws, seed));
        }

        Print(terminal, rows);
        terminal.Answer(string.Create(CultureInfo.InvariantCulture, $"Shares in %, of {draws} draws by seed {seed}; ± is the standard error of the draws. An interval between order statistics covers at least what it states, whatever the distribution:"));
        foreach (var (n, stated) in (ReadOnlySpan<(int, double)>)[(6, 0.95), (10, 0.95), (20, 0.95), (8, 0.99), (10, 0.99), (20, 0.99)])
        {
            terminal.Answer(string.Create(CultureInfo.InvariantCulture, $"  of {n} values, {100 * stated:0} % stated: {100 * OrderStatistics.Exact(n, stated):0.00} % exactly"));
        }

        foreach (var row in PercentileCoverage.Run(draws, seed))
        {
            terminal.Answer(row.ToString());
        }

        return rows.All(row => row.Holds) ? ExitCode.Ok : ExitCode.GateFailed;
    }

    private static void Print(Terminal terminal, IEnumerable<CoverageRow> rows)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in _columns)
        {
            table.AddColumn(column, own => own.NoWrap());
        }

        foreach (var row in rows.OrderBy(row => row.Kind).ThenBy(row => row.What, StringComparer.Ordinal))
        {
            table.AddRow(new[]
            {
                row.What, row.Design, row.Errors, (row.Kind == CoverageKind.FalseAlarm ? "≤ " : "") + Percent(row.Stated), Percent(row.Measured), Percent(row.Error),
                row.Kind == CoverageKind.Before ? "no longer printed" : row.Holds ? "yes" : "no",
            }.Select(Markup.Escape).ToArray());
        }

        terminal.Out.Write(table);
    }

    private static string Percent(double? share) => share is { } known ? (100 * known).ToString("0.0#", CultureInfo.InvariantCulture) : "–";
}
