using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using CsvHelper;
using Harness.Analysis.Comparing;
using Harness.Analysis.Statistics;
using Harness.Cli;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Spectre.Console;

namespace Harness.Benchmarks.Gates;

/// <summary>
/// <c>gate-pairs</c>: how often a gate over real runs objects although nothing changed, and how often it finds a slowdown that is known. Each gate is what a
/// user's is: a base, a new run, a second one where the first objects, and a history that was made beforehand.
/// </summary>
internal static class GatePairsCommand
{
    private const double MostAlarms = 0.05, LeastFound = 0.95;

    /// <summary>The command; exit code 1 where an aim is missed.</summary>
    internal static Command Create(Terminal terminal, Option<int> pairs, Option<int> history, Option<int> blocks, Option<int> bases)
    {
        var slowdown = new Option<double>("--slowdown") { HelpName = "FACTOR", Description = "The slowdown that is to be found.", DefaultValueFactory = _ => 1.3 };
        var output = new Option<string?>("--out") { HelpName = "FILE", Description = "CSV that every run's levels are written to (default: a new file in results/benchmarks/)." };
        var keep = new Option<string?>("--keep") { HelpName = "DIR", Description = "Keep the runs in this folder, for 'harness compare'; else they are removed." };
        var command = new Command("gate-pairs", "Make pairs of small real runs and let the gate of 'harness compare' judge them: false alarms where nothing changed, and a known slowdown (a runc that sleeps) that is to be found. As root; the noisier the machine, the better the test.")
        {
            pairs, history, blocks, bases, slowdown, output, keep,
        };
        command.SetAction((result, cancellation) => RunAsync(
            terminal, new Design(result.GetValue(pairs), result.GetValue(history), result.GetValue(blocks), result.GetValue(bases), result.GetValue(slowdown)), result.GetValue(output), result.GetValue(keep), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(Terminal terminal, Design design, string? output, string? keep, CancellationToken cancellation)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new HarnessException("gate-pairs needs Linux");
        }

        // A run's folder that is there is continued, not measured anew.
        if (keep is not null && Directory.Exists(keep) && Directory.EnumerateFileSystemEntries(keep).Any())
        {
            throw new HarnessException($"{keep}: is not empty; name a new folder");
        }

        var locations = Locations.Find(null);
        var definitions = ExperimentsFolder.Read(locations.Experiments);
        var file = Path.GetFullPath(output ?? Path.Combine(locations.Runs.Root, "benchmarks", $"gate-{RunFolders.NewId(DateTimeOffset.UtcNow)}.csv"));
        var folder = keep is null ? Directory.CreateTempSubdirectory("harness-benchmark-").FullName : Directory.CreateDirectory(Path.GetFullPath(keep)).FullName;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            using var writer = CsvWriter.ToFile(file, Csv.WriterOptions);
            writer.WriteHeader(RecordedLevels.Columns.AsSpan());
            await using var runs = await SmallRuns.OpenAsync(definitions, design.Blocks, folder, new Lines(terminal), cancellation);
            var session = new Session(terminal, runs, writer, cancellation);
            // The newest runs of what is known to be good, as a pipeline has them: each pair adds one, and the oldest goes.
            var known = new Queue<ComparedRun>(await session.ManyAsync("history", design.History));
            var before = Stopwatch.StartNew();
            var (still, slow) = (new Count(), new Count());
            // What the wrapper takes without any sleep, so that the slowdown is the one that is asked for.
            var wrapper = await SlowRuntime.OverheadAsync(cancellation);
            for (var pair = 1; pair <= design.Pairs; pair++)
            {
                known.Enqueue(await session.RunAsync("base"));
                known.Dequeue();
                var (own, history) = (new RunSide("base", [.. known.TakeLast(design.Bases)]), new RunSide("history", [.. known]));
                still.Add(await GateAsync(own, history, () => session.RunAsync("new")));
                slow.Add(await GateAsync(own, history, async () =>
                {
                    using var slowed = SlowRuntime.Begin(TimeSpan.FromSeconds(Math.Max(0, ((design.Slowdown - 1) * CellSpread.Median(own.Runs.Select(session.SlowedNs)) / 1e9) - wrapper.TotalSeconds)));
                    return await session.RunAsync(RecordedLevels.SlowedPart);
                }));
                terminal.Message(string.Create(CultureInfo.InvariantCulture, $"pair {pair} of {design.Pairs}: {still.Alarms} false {(still.Alarms == 1 ? "alarm" : "alarms")}, {slow.Found} of {pair} slowdowns found"));
            }

            Print(terminal, design, still, slow, before.Elapsed);
            var spreads = Path.ChangeExtension(file, null) + "-spreads.csv";
            await File.WriteAllTextAsync(spreads, CellSpread.Text(CellSpread.Of(session.Unchanged)), cancellation);
            terminal.Message($"levels: {file}; spreads, for gates --spreads: {spreads}");
            return still.Alarms <= MostAlarms * design.Pairs && slow.Found >= LeastFound * design.Pairs ? ExitCode.Ok : ExitCode.GateFailed;
        }
        finally
        {
            if (keep is null)
            {
                Directory.Delete(folder, recursive: true);
            }
        }

        async Task<Outcome> GateAsync(RunSide own, RunSide history, Func<Task<ComparedRun>> make)
        {
            var options = new ComparisonOptions(PairTest.Matters, Across: false);
            var first = RunComparison.Of(own, [new RunSide("new", [await make()])], history, options, interruption: cancellation);
            var gate = GateResult.Of(null, first, null);
            var again = gate.Alarms.IsEmpty ? null : GateResult.Of(null, first, RunComparison.Of(own, [new RunSide("confirm", [await make()])], history, options, interruption: cancellation));
            var alone = TimedComparison.Correct([TimedComparison.Of(await UnitsAsync(own), await UnitsAsync(first.Sides[0].New), RunSpread.BlocksAlone)], PairTest.Matters)[0];
            return new Outcome(gate, again ?? gate, first.Sides[0].Times, alone);

            Task<ImmutableArray<RunUnit>> UnitsAsync(RunSide side) => Task.FromResult(RunUnit.Read(side.Newest, side.Newest.Plan.Experiments, cancellation));
        }
    }

    private static void Print(Terminal terminal, Design design, Count still, Count slow, TimeSpan took)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in (string[])["what", "gates", "share", "aim", "met"])
        {
            table.AddColumn(column);
        }

        Row("nothing changed: gates that object (with a second run)", still.Alarms, $"≤ {100 * MostAlarms:0} %", still.Alarms <= MostAlarms * design.Pairs);
        Row("nothing changed: gates that object before it", still.Unconfirmed, "", null);
        Row("nothing changed: by intervals of the runs' own blocks alone", still.Alone, "", null);
        Row(string.Create(CultureInfo.InvariantCulture, $"runc slowed to {design.Slowdown}×: gates that name it (with a second run)"), slow.Found, $"≥ {100 * LeastFound:0} %", slow.Found >= LeastFound * design.Pairs);
        Row("the same, before it", slow.FoundAtOnce, "", null);
        terminal.Out.Write(table);
        terminal.Answer(string.Create(
            CultureInfo.InvariantCulture,
            $"{design.Blocks} blocks, a base of {design.Bases} {(design.Bases == 1 ? "run" : "runs")}, history of {design.History} runs, {Environment.ProcessorCount} processors, load {(File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown")}; a pair took {took.TotalSeconds / design.Pairs:0} s. The slowed cell was measured at {(slow.Ratios.Count > 0 ? SampleSummaryText(slow.Ratios) : "–")} of its base."));

        void Row(string what, int hits, string aim, bool? met) => table.AddRow(new[]
        {
            what, string.Create(CultureInfo.InvariantCulture, $"{hits} of {design.Pairs}"), string.Create(CultureInfo.InvariantCulture, $"{100.0 * hits / design.Pairs:0} %"), aim, met switch { true => "yes", false => "no", null => "" },
        }.Select(Markup.Escape).ToArray());
    }

    private static string SampleSummaryText(List<double> ratios)
    {
        var sorted = ratios.Order().ToList();
        return string.Create(CultureInfo.InvariantCulture, $"{sorted[sorted.Count / 2]:0.00}× ({sorted[0]:0.00}–{sorted[^1]:0.00})");
    }

    private sealed record Design(int Pairs, int History, int Blocks, int Bases, double Slowdown);

    private sealed record Outcome(GateResult First, GateResult Final, TimedComparison Times, TimedComparison Alone);

    private sealed class Count
    {
        public int Alarms { get; private set; }

        public int Unconfirmed { get; private set; }

        public int Alone { get; private set; }

        public int Found { get; private set; }

        public int FoundAtOnce { get; private set; }

        public List<double> Ratios { get; } = [];

        public void Add(Outcome outcome)
        {
            Alarms += outcome.Final.Counted.Any() ? 1 : 0;
            Unconfirmed += outcome.First.Counted.Any() ? 1 : 0;
            Alone += outcome.Alone.Rows.Any(row => row.Word == TimedRow.Slower) ? 1 : 0;
            Found += outcome.Final.Counted.Any(Names) ? 1 : 0;
            FoundAtOnce += outcome.First.Counted.Any(Names) ? 1 : 0;
            Ratios.AddRange(outcome.Times.Rows.Where(row => row.Key.Cell == SmallRuns.Slowed && row.Key.Measure == "to_first_ns").Select(row => row.Measured).OfType<double>());
        }

        private static bool Names(Alarm alarm) => alarm.Kind == GateKind.Slower && alarm.Name.StartsWith(SmallRuns.Slowed, StringComparison.Ordinal);
    }

    private sealed class Session(Terminal terminal, SmallRuns runs, CsvWriter writer, CancellationToken cancellation)
    {
        private readonly Dictionary<ComparedRun, double> _slowedNs = new(ReferenceEqualityComparer.Instance);
        private int _number;

        /// <summary>The levels of runs that were not slowed.</summary>
        public List<ImmutableDictionary<string, RunLevel>> Unchanged { get; } = [];

        /// <summary>What the cell that is slowed down takes in one of its runs, in ns.</summary>
        public double SlowedNs(ComparedRun run) => _slowedNs[run];

        public async Task<ComparedRun> RunAsync(string part)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"{part}-{++_number:d4}");
            var run = await runs.RunAsync(name, (ulong)_number, cancellation);
            var levels = RunUnit.Read(run, run.Plan.Experiments, cancellation).SelectMany(unit => unit.Levels).OrderBy(level => level.Key.Cell, StringComparer.Ordinal).ToImmutableArray();
            _slowedNs.Add(run, levels.First(level => level.Key.Cell == SmallRuns.Slowed && level.Key.Measure == "to_first_ns").Value.Median);
            if (part != RecordedLevels.SlowedPart)
            {
                Unchanged.Add(levels.Where(level => level.Key.Measure == "to_first_ns").ToImmutableDictionary(level => level.Key.Cell, level => level.Value));
            }

            Write(name, part, levels);
            return run;
        }

        public async Task<List<ComparedRun>> ManyAsync(string part, int count)
        {
            var all = new List<ComparedRun>();
            for (var i = 0; i < count; i++)
            {
                terminal.Message(string.Create(CultureInfo.InvariantCulture, $"{part}: run {i + 1} of {count}"));
                all.Add(await RunAsync(part));
            }

            return all;
        }

        private void Write(string name, string part, IEnumerable<KeyValuePair<TimedKey, RunLevel>> levels)
        {
            foreach (var (key, level) in levels)
            {
                string?[] fields =
                [
                    name, part, key.Cell, level.Blocks.ToString(CultureInfo.InvariantCulture), level.Median.ToString("0", CultureInfo.InvariantCulture), level.Log.ToString("G9", CultureInfo.InvariantCulture),
                    level.Within?.ToString("G6", CultureInfo.InvariantCulture), DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
                ];
                foreach (var field in fields)
                {
                    writer.WriteField(field);
                }

                writer.EndRecord();
            }

            writer.Flush();
        }
    }

    private sealed class Lines(Terminal terminal) : IProgress<string>
    {
        public void Report(string value) => terminal.Message(value);
    }
}
