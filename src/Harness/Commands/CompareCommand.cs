using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Harness.Analysis;
using Harness.Analysis.Comparing;
using Harness.Analysis.Statistics;
using Harness.Cli;
using Harness.Core;
using Harness.Core.Journaling;
using Harness.Reporting.Comparing;

namespace Harness.Commands;

/// <summary>
/// <c>compare BASE NEW…</c>: runs side by side, and a gate over them; <c>compare --cells A B</c>, <c>compare --userlands A B</c>: what two cells or
/// userlands of one run read differently.
/// </summary>
public sealed class CompareCommand
{
    private const string Text = "text", Markdown = "markdown", Html = "html", Csv = "csv", Json = "json";

    private readonly Argument<string[]> _runs = new("run")
    {
        Description = "Two runs or more, each by id or folder, or a folder of runs: the first is the base. With --cells or --userlands one run (default: the newest).",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string[]> _cells = Pair("--cells", "Two cells of one run, by name or by a glob that matches only one, for example 'busybox:static|*/runc||' 'busybox:static|*/runsc||'.");

    private readonly Option<string[]> _userlands = Pair("--userlands", "Two userlands of one run by id: compares all readings of probing experiments under the same kernel and runtime.");

    private readonly Option<double> _matters = new("--matters")
    {
        HelpName = "FACTOR",
        Description = "The least factor by which a time must differ to be called slower or faster.",
        DefaultValueFactory = _ => PairTest.Matters,
        CustomParser = result =>
        {
            if (double.TryParse(result.Tokens[0].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var factor) && factor is > 1 and <= 100)
            {
                return factor;
            }

            result.AddError($"--matters needs a factor above 1, as 1.1, not '{result.Tokens[0].Value}'");
            return 0;
        },
    };

    private readonly Option<bool> _across = new("--across") { Description = "Compare runs of unlike hosts, engines, kernels or settings; what differs is named first." };

    private readonly Option<string?> _history = new("--history")
    {
        HelpName = "RUNS",
        Description = $"A folder of at least {RunSpread.Least} runs of the base's kind between which nothing changed: the spread between runs is learnt from them.",
    };

    private readonly Option<string?> _gate = new("--gate")
    {
        HelpName = "WHAT",
        Description = "Exit 1 on a slower cell, a worsened verdict or shrunk coverage (default: slower,verdict,coverage; also shift: all cells slower together), 5 if one had nothing to look at.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _confirm = new("--confirm")
    {
        HelpName = "RUN",
        Description = "With --gate: a second run like NEW; what it measured and does not show does not count.",
    };

    private readonly Option<string?> _format = new Option<string?>("--format")
    {
        HelpName = "text|markdown|html|csv|json",
        Description = "How to answer (default: text; with --cells or --userlands markdown).",
    }.AcceptOnlyFromAmong(Text, Markdown, Html, Csv, Json);

    private readonly Option<string?> _file = new("--out") { HelpName = "FILE", Description = "Write the answer to this file instead." };

    private readonly Option<string?> _folder = new("--runs") { HelpName = "DIR", Description = "Folder that runs are looked for in by id (default: results/ of the repository, else ./results)." };

    private readonly Terminal _terminal;

    private CompareCommand(Terminal terminal) => _terminal = terminal;

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        var own = new CompareCommand(terminal);
        var command = new Command("compare", "Compare runs: coverage, verdicts, readings and times; or two cells or userlands of one run. Needs no engine.")
        {
            own._runs, own._cells, own._userlands, own._matters, own._across, own._history, own._gate, own._confirm, own._format, own._file, own._folder,
        };
        command.Validators.Add(own.Validate);
        command.SetAction((result, cancellation) => Task.Run(() => own.Run(result, cancellation), CancellationToken.None));
        return command;
    }

    private void Validate(CommandResult result)
    {
        var runs = result.GetValue(_runs)?.Length ?? 0;
        var within = result.GetResult(_cells) is not null || result.GetResult(_userlands) is not null;
        if (result.GetResult(_cells) is not null && result.GetResult(_userlands) is not null)
        {
            result.AddError("give either --cells or --userlands");
        }
        else if (within && runs > 1)
        {
            result.AddError("--cells and --userlands compare within one run");
        }
        else if (within && result.GetValue(_format) is Text or Html)
        {
            result.AddError("--cells and --userlands answer as markdown, csv or json");
        }
        else if (within && new Option[] { _gate, _confirm, _history, _across }.FirstOrDefault(option => result.GetResult(option) is not null) is { } option)
        {
            result.AddError($"{option.Name} is for whole runs: leave out --cells and --userlands");
        }
        else if (!within && runs < 2)
        {
            result.AddError("name two runs or more, the base first; or one run with either --cells or --userlands");
        }
        else if (result.GetResult(_gate) is null && result.GetResult(_confirm) is not null)
        {
            result.AddError("--confirm is for --gate");
        }
        else if (result.GetResult(_gate) is not null && runs > 2)
        {
            result.AddError("--gate takes two runs, the base and the new one");
        }

        foreach (var word in Words(result.GetValue(_gate)).Where(word => !Enum.GetNames<GateKind>().Contains(word, StringComparer.OrdinalIgnoreCase)))
        {
            result.AddError($"--gate knows slower, verdict, coverage and shift, joined by commas, and not '{word}'");
        }
    }

    private int Run(ParseResult result, CancellationToken interruption)
    {
        var folders = new RunFolders(Locations.RunsOf(result.GetValue(_folder)));
        var runs = result.GetValue(_runs)!;
        if (result.GetValue(_cells) is { Length: 2 } cells)
        {
            return Answer(CellAnswer.Write(CellComparison.Of(folders.Find(runs.FirstOrDefault()), cells[0], cells[1]), result.GetValue(_format) ?? Markdown), result);
        }

        if (result.GetValue(_userlands) is { Length: 2 } userlands)
        {
            return Answer(UserlandAnswer.Write(UserlandComparison.Of(folders.Find(runs.FirstOrDefault()), userlands[0], userlands[1]), result.GetValue(_format) ?? Markdown), result);
        }

        ImmutableArray<RunSide> sides = [.. runs.Select(run => RunSide.Find(folders, run))];
        var history = result.GetValue(_history) is { } named ? RunSide.Find(folders, named) : null;
        var options = new ComparisonOptions(result.GetValue(_matters), result.GetValue(_across));
        var second = result.GetValue(_confirm) is { } again ? RunSide.Find(folders, again) : null;
        // A base of several runs goes without those that are looked at.
        if (second is not null && (sides[1..].FirstOrDefault(second.Shares) ?? (sides[0].Runs.All(second.Holds) ? sides[0] : null)) is { } itself)
        {
            throw new HarnessException($"--confirm {second.Name}: is a run of {itself.Name} itself, and no run confirms itself: run it again, and name that run");
        }

        if (second is not null && sides[0].Runs.All(run => second.Holds(run) || sides[1].Holds(run)))
        {
            throw new HarnessException($"{sides[0].Name}: has no run but those of {sides[1].Name} and --confirm {second.Name}: name another base");
        }

        var comparison = RunComparison.Of(sides[0], sides[1..], history, options, second, interruption);
        var gate = result.GetResult(_gate) is null ? null : GateResult.Of(
            Kinds(result), comparison,
            second is null ? null : RunComparison.Of(sides[0], [second], history, options, sides[1], interruption));
        Answer(Write(comparison, gate, result.GetValue(_format)), result);
        return gate?.ExitCode ?? (comparison.IsEmpty ? ExitCode.NothingMeasured : ExitCode.Ok);
    }

    private static string Write(RunComparison comparison, GateResult? gate, string? format) => format switch
    {
        Markdown => ComparisonText.Markdown(comparison, gate),
        Html => ComparisonText.Page(comparison, gate),
        Csv => ComparisonTable.Write(comparison, gate),
        Json => ComparisonJson.Write(comparison, gate),
        _ => ComparisonText.Plain(comparison, gate),
    };

    private int Answer(string text, ParseResult result)
    {
        if (result.GetValue(_file) is { } file)
        {
            AtomicFile.Write(Path.GetFullPath(file), text + "\n");
        }
        else
        {
            _terminal.Answer(text);
        }

        return ExitCode.Ok;
    }

    private ImmutableArray<GateKind>? Kinds(ParseResult result) => Words(result.GetValue(_gate)).ToImmutableArray() is { IsEmpty: false } words
        ? [.. words.Select(word => Enum.Parse<GateKind>(word, ignoreCase: true)).Distinct().Order()]
        : null;

    private static string[] Words(string? gate) => (gate ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static Option<string[]> Pair(string name, string description) => new(name)
    {
        HelpName = "A B",
        Description = description,
        Arity = new ArgumentArity(2, 2),
        AllowMultipleArgumentsPerToken = true,
    };
}
