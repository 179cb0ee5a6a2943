using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using Harness.Benchmarks.Analysis;
using Harness.Benchmarks.Coverage;
using Harness.Benchmarks.Gates;
using Harness.Benchmarks.Machines;
using Harness.Benchmarks.Measuring;
using Harness.Benchmarks.Sites;
using Harness.Benchmarks.Soak;
using Harness.Benchmarks.Subjects;
using Harness.Cli;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Journaling;

namespace Harness.Benchmarks;

/// <summary><c>matrix</c>, <c>floors</c>, <c>syscalls</c>, <c>boot</c>, <c>catalogue</c> and <c>report</c>: what the harness costs, next to what it cannot be cheaper than; <c>coverage</c>: whether its intervals hold; <c>gates</c>, <c>gate-pairs</c>: whether its gates do; <c>sites</c>: what a site over many runs costs; <c>merge</c>: what merging many parts does; <c>soak</c>: whether a long run stays small.</summary>
public static class MatrixCommand
{
    /// <summary>From arguments to an exit code; a user's mistake is one line.</summary>
    public static async Task<int> RunAsync(string[] args, Terminal terminal)
    {
        using var interrupt = new CancellationTokenSource();
        using var keyboard = OnSignal(PosixSignal.SIGINT, interrupt);
        using var term = OnSignal(PosixSignal.SIGTERM, interrupt);
        var parsed = Create(terminal).Parse(args);
        if (parsed.Errors.Count > 0)
        {
            // The word that was not understood says more than what it left missing.
            var error = parsed.Errors.FirstOrDefault(error => error.Message.StartsWith("Unrecognized", StringComparison.Ordinal)) ?? parsed.Errors[0];
            Fail(terminal, error.Message.ReplaceLineEndings(" ").TrimEnd('.') + "; '--help' shows what it takes");
            return ExitCode.Usage;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, interrupt.Token);
        }
        catch (HarnessException e)
        {
            Fail(terminal, e.Message.ReplaceLineEndings(" "));
            return ExitCode.Usage;
        }
        catch (OperationCanceledException) when (interrupt.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
    }

    private static RootCommand Create(Terminal terminal)
    {
        var rounds = Positive("--rounds", 5, "Measured rounds; one more goes before them to warm up.");
        var starts = Positive("--starts", 16, "Sandboxes that the probe matrix starts.");
        var parallel = Positive("--parallel", 4, "Sandboxes at a time.");
        var only = new Option<string[]>("--only") { HelpName = "NAME", Description = "Run only this benchmark; may be repeated.", DefaultValueFactory = _ => [] };
        var output = new Option<string?>("--out") { HelpName = "FILE", Description = "CSV that every sample is written to (default: a new file in results/benchmarks/)." };
        var matrix = new Command("matrix", "Measure what the harness costs next to what it cannot be cheaper than.") { rounds, starts, parallel, only, output };
        matrix.SetAction((result, cancellation) => RunAsync(
            new Settings(result.GetValue(rounds), result.GetValue(starts), result.GetValue(parallel), [.. result.GetValue(only)!], result.GetValue(output)),
            (settings, definitions, messages) =>
            [
                new FloorBenchmark(settings, definitions, messages),
                new DockerBenchmark(settings, definitions, messages),
                new ListBenchmark(definitions.Root),
                new ResumeBenchmark(definitions, atLeast: 10_000),
                new CellsBenchmark(definitions, [10, 100, 1_000]),
            ],
            terminal,
            cancellation));
        var passes = Positive("--rounds", 20, "Measured rounds; one more goes before them to warm up.");
        var floors = new Command("floors", "Measure what measuring a start adds to it, next to the engine's API, docker run, and nothing at all; and what the analysis of a million trials takes (three rounds at most).") { passes, only, output };
        floors.SetAction((result, cancellation) => RunAsync(
            new Settings(result.GetValue(passes), Starts: 1, Parallel: 1, [.. result.GetValue(only)!], result.GetValue(output)),
            (_, definitions, messages) => [new StartBenchmark(definitions, messages), new StampsBenchmark(), new AnalysisBenchmark(definitions, messages, atLeast: 1_000_000)],
            terminal,
            cancellation));
        var syscalls = new Command("syscalls", "Measure one sweep of all system calls in a container, and its cell next to the engine's floor for one start.") { rounds, output };
        syscalls.SetAction((result, cancellation) => RunAsync(
            new Settings(result.GetValue(rounds), 1, 1, [], result.GetValue(output)),
            (_, definitions, messages) => [new SyscallsBenchmark(definitions, messages)],
            terminal,
            cancellation));
        var boot = new Command("boot", "Measure how fast virtual machines start, next to QEMU without the harness, and how many at a time pay.") { rounds, only, output };
        boot.SetAction((result, cancellation) => RunAsync(
            new Settings(result.GetValue(rounds), 1, 1, [.. result.GetValue(only)!], result.GetValue(output)),
            (_, definitions, messages) => [new BootBenchmark(definitions, messages), new FleetBenchmark(definitions, messages)],
            terminal,
            cancellation));
        var catalogue = new Command("catalogue", "Measure whole runs of 8, 36 and all userlands of the catalogue: time, memory, and images at once, on stand-ins from a registry on loopback (three rounds at most).") { rounds, output };
        catalogue.SetAction((result, cancellation) => RunAsync(
            new Settings(result.GetValue(rounds), 1, 1, [], result.GetValue(output)),
            (_, definitions, messages) => [new CatalogueBenchmark(definitions, messages)],
            terminal,
            cancellation));
        var run = new Argument<string?>("run") { Description = "The run's id or folder (default: a generated run of every experiment with all its cells).", Arity = ArgumentArity.ZeroOrOne };
        var report = new Command("report", "Measure what a run's two reports take, and everything that is derived from its rows.") { run, rounds, output };
        report.SetAction((result, cancellation) => RunAsync(
            new Settings(result.GetValue(rounds), 1, 1, [], result.GetValue(output)),
            (_, definitions, messages) => [new ReportBenchmark(result.GetValue(run) is { } named ? Locations.Find(null).Runs.Find(named) : null, definitions, messages)],
            terminal,
            cancellation));
        var parts = Positive("--parts", 200, "Parts, each of a host of its own.");
        var trials = Positive("--trials", 1_000_000, "Trials of all parts together.");
        var merge = new Command("merge", "Measure what it costs to merge the parts of a very large run (three rounds at most).") { parts, trials, rounds, output };
        merge.SetAction((result, cancellation) => RunAsync(
            new Settings(result.GetValue(rounds), 1, 1, [], result.GetValue(output)),
            (_, definitions, messages) => [new MergeBenchmark(definitions, messages, result.GetValue(parts), result.GetValue(trials))],
            terminal,
            cancellation));
        return new RootCommand("Benchmarks of the harness.")
        {
            matrix, floors, syscalls, boot, catalogue, report, merge, CoverageCommand.Create(terminal, Positive("--draws", 2000, "Simulated pairs for each kind of error.")), AnalyseCommand.Create(terminal), MergeCommand.Create(terminal),
            SoakCommand.Create(terminal, Positive("--trials", 1000, "Trials, rounded up to whole blocks.")),
            SitesCommand.Create(terminal, Positive("--runs", 500, "Runs that are added.")),
            GateSimulationCommand.Create(terminal, Positive("--gates", 2000, "Simulated gates for each machine.")),
            GatePairsCommand.Create(terminal, Positive("--pairs", 20, "Pairs of runs."), Positive("--history", 20, "Runs that the spread is learnt from, at least 5; the newest that are known to be good."), Positive("--blocks", 10, "Blocks of a run, at least 6."), Positive("--base", 5, "Runs of a base, the newest ones.")),
        };
    }

    private static async Task<int> RunAsync(
        Settings settings, Func<Settings, ExperimentsFolder, IProgress<string>, ImmutableArray<IBenchmark>> all, Terminal terminal, CancellationToken cancellation)
    {
        var locations = Locations.Find(null);
        var definitions = ExperimentsFolder.Read(locations.Experiments);
        var messages = new Lines(terminal);
        var chosen = Choose(all(settings, definitions, messages), settings.Only);
        var path = Path.GetFullPath(settings.Out ?? Path.Combine(locations.Runs.Root, "benchmarks", RunFolders.NewId(DateTimeOffset.UtcNow) + ".csv"));
        var rows = new List<ResultRow>();
#if DEBUG
        terminal.Message("built without optimisation: figures are to be taken with 'dotnet run -c Release'");
#endif
        using (var file = SampleFile.Create(path))
        {
            foreach (var benchmark in chosen)
            {
                terminal.Message($"{benchmark.Name}: measuring");
                rows.AddRange(await RowsAsync(benchmark, new Rounds(benchmark.Name, Math.Min(settings.Rounds, benchmark.MostRounds), file), cancellation));
            }
        }

        ResultTable.Print(rows, settings, terminal);
        terminal.Message($"samples: {path}");
        return rows.Any(row => row.Figure is not null) ? ExitCode.Ok : ExitCode.NothingMeasured;
    }

    // A benchmark that fails is a row that says why; the figures of the others stand.
    private static async Task<ImmutableArray<ResultRow>> RowsAsync(IBenchmark benchmark, Rounds rounds, CancellationToken cancellation)
    {
        try
        {
            return await benchmark.RunAsync(rounds, cancellation);
        }
        catch (HarnessException e)
        {
            return [ResultRow.Missing(benchmark.Name, benchmark.What, e.Message.ReplaceLineEndings(" "))];
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            return [ResultRow.Missing(benchmark.Name, benchmark.What, $"{e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")}")];
        }
    }

    private static ImmutableArray<IBenchmark> Choose(ImmutableArray<IBenchmark> all, ImmutableArray<string> only)
    {
        foreach (var unknown in only.Where(name => all.All(benchmark => benchmark.Name != name)))
        {
            throw new HarnessException($"There is no benchmark '{unknown}'; choose one of: {string.Join(", ", all.Select(benchmark => benchmark.Name))}");
        }

        return only.IsEmpty ? all : [.. all.Where(benchmark => only.Contains(benchmark.Name))];
    }

    private static Option<int> Positive(string name, int standard, string description) => new(name)
    {
        HelpName = "N",
        Description = description,
        DefaultValueFactory = _ => standard,
        CustomParser = result =>
        {
            if (int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0)
            {
                return number;
            }

            result.AddError($"{name} needs a whole number from 1, not '{result.Tokens[0].Value}'");
            return 0;
        },
    };

    private static PosixSignalRegistration OnSignal(PosixSignal signal, CancellationTokenSource interrupt) =>
        PosixSignalRegistration.Create(signal, context =>
        {
            // A second one is left to the system.
            context.Cancel = !interrupt.IsCancellationRequested;
            interrupt.Cancel();
        });

    private static void Fail(Terminal terminal, string line) => terminal.Message($"benchmarks: {line}");

    private sealed class Lines(Terminal terminal) : IProgress<string>
    {
        public void Report(string value) => terminal.Message(value);
    }
}
