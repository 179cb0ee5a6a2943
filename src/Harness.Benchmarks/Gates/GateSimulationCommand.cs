using System.CommandLine;
using System.Globalization;
using Harness.Cli;
using Harness.Core;
using Spectre.Console;

namespace Harness.Benchmarks.Gates;

/// <summary><c>gates</c>: how often gates speak over simulated runs, where the truth is known. Works on a busy host.</summary>
internal static class GateSimulationCommand
{
    private const double MostAlarms = 0.05, LeastFound = 0.95;

    /// <summary>The command; exit code 1 where an aim is missed.</summary>
    internal static Command Create(Terminal terminal, Option<int> gates)
    {
        var seed = new Option<int>("--seed") { HelpName = "N", Description = "Random seed for everything that is drawn.", DefaultValueFactory = _ => 1 };
        var spreads = new Option<string?>("--spreads") { HelpName = "FILE", Description = "CSV with the columns cell,within,between,shared: standard deviations of logarithms (default: what is assumed of a shared machine; gate-pairs records a machine's own)." };
        var levels = new Option<string?>("--levels") { HelpName = "FILE", Description = "Simulate nothing: let gates judge the runs again that gate-pairs recorded in this CSV, as a pipeline would have had them one after the other." };
        var command = new Command("gates", "Simulate gates over runs with assumed or recorded spreads: false alarms, and slowdowns that are found.") { gates, seed, spreads, levels };
        command.SetAction((result, cancellation) => Task.Run(() => result.GetValue(levels) is { } file ? Replay(terminal, file) : Run(terminal, result.GetValue(gates), (ulong)result.GetValue(seed), result.GetValue(spreads), cancellation), cancellation));
        return command;
    }

    private static int Run(Terminal terminal, int gates, ulong seed, string? spreads, CancellationToken cancellation)
    {
        var recorded = spreads is null ? CellSpread.Assumed() : CellSpread.Read(GateTable.Text(spreads), spreads);
        var (holds, finds) = Print(terminal, [.. Scenarios(recorded)], gates, seed, cancellation);
        foreach (var cell in recorded)
        {
            terminal.Answer(string.Create(CultureInfo.InvariantCulture, $"  spread of {cell.Cell}: {100 * cell.Within:0.0} % between blocks, {100 * cell.Between:0.0} % between runs, {100 * cell.Shared:0.0} % shared"));
        }

        terminal.Answer("\nHow far apart blocks and runs may be, with four cells and a history of 10 runs:");
        var grid = Print(terminal, [.. Grid()], gates, seed, cancellation);
        terminal.Answer(string.Create(
            CultureInfo.InvariantCulture,
            $"Shares of {gates} gates in %, by seed {seed}. A row holds where at most {100 * MostAlarms:0} % of gates object although nothing changed, after the second run; it finds where at least {100 * LeastFound:0} % object to a cell that takes 1.3 times as long."));
        return holds && grid.Holds && (finds || spreads is not null) ? ExitCode.Ok : ExitCode.GateFailed;
    }

    private static int Replay(Terminal terminal, string file)
    {
        var runs = RecordedLevels.Read(GateTable.Text(file), file);
        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in (string[])["history", "base", "gates", "unchanged: blocks alone", "suspected", "confirmed", "1.3 times: suspected", "confirmed"])
        {
            table.AddColumn(column);
        }

        foreach (var row in RecordedLevels.Replay(runs))
        {
            table.AddRow([.. row]);
        }

        terminal.Out.Write(table);
        terminal.Answer(string.Create(
            CultureInfo.InvariantCulture,
            $"Shares of the gates in %. {runs.Length} runs between which nothing changed, in the order in which they were made; to be found is that {SmallRuns.Slowed} takes 1.3 times as long."));
        return ExitCode.Ok;
    }

    internal static string Share(int hits, int gates) => gates == 0 ? "–" : (100.0 * hits / gates).ToString("0.0", CultureInfo.InvariantCulture);

    internal static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    // Whether all hold, and all that are to find a slowdown do.
    private static (bool Holds, bool Finds) Print(Terminal terminal, ImmutableArray<GateScenario> scenarios, int gates, ulong seed, CancellationToken cancellation)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in (string[])["machine", "cells", "history", "base", "unchanged: blocks alone", "suspected", "confirmed", "1.3 times: suspected", "confirmed", "1.5 times: confirmed", "holds", "finds"])
        {
            table.AddColumn(column);
        }

        var (holds, finds) = (true, true);
        foreach (var scenario in scenarios)
        {
            cancellation.ThrowIfCancellationRequested();
            terminal.Message($"gates: {scenario.Name}, history of {scenario.History.ToString(CultureInfo.InvariantCulture)}");
            var (still, slow, slower) = (GateSimulation.Run(scenario, 1, gates, seed), GateSimulation.Run(scenario, 1.3, gates, seed), GateSimulation.Run(scenario, 1.5, gates, seed));
            var (met, found) = (still.Confirmed <= MostAlarms * gates, slow.Confirmed >= LeastFound * gates);
            (holds, finds) = (holds && (met || scenario.MayAlarm), finds && (found || !scenario.IsToFind));
            table.AddRow(new[]
            {
                scenario.Name, Number(scenario.Cells.Length), scenario.History == 0 ? "none" : Number(scenario.History), Number(scenario.Bases),
                Share(still.Alone, gates), Share(still.AtOnce, gates), Share(still.Confirmed, gates), Share(slow.AtOnce, gates), Share(slow.Confirmed, gates), Share(slower.Confirmed, gates), met ? "yes" : "no", found ? "yes" : "no",
            }.Select(Markup.Escape).ToArray());
        }

        terminal.Out.Write(table);
        return (holds, finds);
    }

    private static IEnumerable<GateScenario> Scenarios(ImmutableArray<CellSpread> recorded)
    {
        foreach (var history in (int[])[0, 5, 10, 20])
        {
            yield return new GateScenario("as given", recorded, history);
        }

        ImmutableArray<CellSpread> quiet = [.. recorded.Select(cell => cell with { Within = cell.Within / 4, Between = cell.Between / 4, Shared = cell.Shared / 4 })];
        yield return new GateScenario("as given", recorded, 5) { Bases = 5, IsToFind = true };
        yield return new GateScenario("as given", recorded, 10) { Bases = 5, IsToFind = true };
        yield return new GateScenario("a quarter of it", quiet, 10) { IsToFind = true };
        yield return new GateScenario("runs twice as far apart", [.. recorded.Select(cell => cell with { Between = 2 * cell.Between })], 10) { Bases = 5 };
        yield return new GateScenario("one cell three times as noisy", [recorded[0] with { Within = 3 * recorded[0].Within, Between = 3 * recorded[0].Between }, .. recorded[1..]], 10) { Bases = 5 };
        yield return new GateScenario("shared shift of 20 %", [.. recorded.Select(cell => cell with { Shared = 0.2 })], 10) { Bases = 5, IsToFind = true };
        yield return new GateScenario("heavy tails", recorded, 10) { IsHeavy = true };
        yield return new GateScenario("heavy tails", recorded, 10) { IsHeavy = true, Bases = 5 };
        yield return new GateScenario("a third of runs 1.5× slower in all", recorded, 10) { Visitors = (1.0 / 3, 1.5), Bases = 5, IsToFind = true };
        foreach (var bases in (int[])[1, 5])
        {
            yield return new GateScenario("one cell takes a third less", recorded, 10) { Bases = bases, Gain = 2 / 3.0, MayAlarm = bases == 1 };
        }

        yield return new GateScenario("12 cells", [.. Enumerable.Range(0, 12).Select(i => recorded[i % recorded.Length])], 10) { Bases = 5, IsToFind = true };
        yield return new GateScenario("40 cells, heavy tails", [.. Enumerable.Range(0, 40).Select(i => recorded[i % recorded.Length])], 10) { IsHeavy = true, Bases = 5 };
        yield return new GateScenario("two processors", CellSpread.TwoProcessors(), 20) { Bases = 5 };
        yield return new GateScenario("two processors, one cell takes a third less", CellSpread.TwoProcessors(), 20) { Bases = 5, Gain = 2 / 3.0, MayAlarm = true };
        yield return new GateScenario("two processors at a load of 60", CellSpread.Overloaded(), 0);
        yield return new GateScenario("two processors at a load of 60", CellSpread.Overloaded(), 10);
    }

    private static IEnumerable<GateScenario> Grid() =>
        from bases in (int[])[1, 5]
        from shared in (double[])[0.02, 0.15]
        from within in (double[])[0.04, 0.08, 0.15]
        from between in (double[])[0.01, 0.02, 0.03, 0.04, 0.06]
        let name = string.Create(CultureInfo.InvariantCulture, $"blocks {100 * within:0} %, runs {100 * between:0} %, shared {100 * shared:0} %")
        select new GateScenario(name, [.. Enumerable.Range(0, 4).Select(i => new CellSpread($"cell {i.ToString(CultureInfo.InvariantCulture)}", within, between, shared))], 10) { Bases = bases };
}
