using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Harness.Analysis.Judging;
using Harness.Cli;
using Harness.Core;
using Harness.Core.Journaling;
using Harness.Core.Running;
using Harness.Reporting;
using Harness.Reporting.Model;
using Spectre.Console;

namespace Harness.Commands;

/// <summary><c>harness show</c>: everything that a run says of a claim.</summary>
public static partial class ShowCommand
{
    private static readonly JsonSerializerOptions _json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The command.</summary>
    public static Command Create(Options options, Terminal terminal)
    {
        var run = new Argument<string?>("run") { Description = "The run's id or folder (default: the newest).", Arity = ArgumentArity.ZeroOrOne };
        var claim = new Argument<string?>("claim") { Description = "A claim's id, for example C1 (default: every claim of the run).", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("show", "Show everything a run says about a claim: scopes, details, evidence, threats to validity, how to check it.") { run, claim, options.Out, options.Json };
        command.SetAction(result =>
        {
            var (named, wanted) = (result.GetValue(run), result.GetValue(claim));
            if (wanted is null && named is not null && ClaimPattern().IsMatch(named))
            {
                // 'harness show C1': of the newest run.
                (named, wanted) = (null, named);
            }

            var folder = Locations.Find(result.GetValue(options.Out)).Runs.Find(named);
            var facts = RunFacts.Read(folder);
            var verdicts = VerdictEngine.ReadFile(folder);
            var claims = verdicts.Select(row => row.Claim).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
            if (wanted is not null)
            {
                claims = claims.Contains(wanted) ? [wanted] : throw new HarnessException($"{folder.RunId}: judges no claim '{wanted}'; it judges {string.Join(", ", claims)}");
            }

            var uncounted = NotCounted.ReadFile(folder);
            if (result.GetValue(options.Json))
            {
                terminal.Answer(JsonSerializer.Serialize(new { Run = folder.RunId, Claims = claims.Select(id => Everything(facts, id, verdicts, uncounted)) }, _json));
                return ExitCode.Ok;
            }

            foreach (var id in claims)
            {
                Show(facts, id, [.. verdicts.Where(row => row.Claim == id)], [.. uncounted.Where(row => row.Claims.Split(", ").Contains(id))], terminal);
            }

            return ExitCode.Ok;
        });
        return command;
    }

    private static object Everything(RunFacts facts, string claim, ImmutableArray<VerdictRow> verdicts, ImmutableArray<NotCounted> uncounted) => new
    {
        Id = claim,
        Text = facts.Claims.GetValueOrDefault(claim),
        OrdinaryScope = facts.OrdinaryScopes.GetValueOrDefault(claim),
        Verdicts = verdicts.Where(row => row.Claim == claim).Select(row => new { row.Experiment, row.Scope, row.Verdict, row.Basis, row.Headline, row.Summary, row.Trials }),
        NotCounted = uncounted.Where(row => row.Claims.Split(", ").Contains(claim)).Select(row => new { row.Experiment, row.Reason, row.Remedy, row.Trials, What = row.Named }),
        Evidence = $"evidence/{claim}.csv",
    };

    private static void Show(RunFacts facts, string claim, ImmutableArray<VerdictRow> rows, ImmutableArray<NotCounted> uncounted, Terminal terminal)
    {
        var screen = new Screen(terminal.Out);
        screen.Text($"{claim}: {facts.Claims.GetValueOrDefault(claim) ?? ""}");
        if (facts.OrdinaryScopes.TryGetValue(claim, out var meant))
        {
            screen.Text($"meant: {meant}", indent: 2);
        }

        foreach (var row in rows.Where(row => row.Scope.Length == 0))
        {
            terminal.Answer("");
            var table = screen.Table(claim: true);
            table.AddRow(new Text(row.Experiment), screen.Verdict(row), new Text(ShownText.OneLine(row.Lead)));
            screen.Write(table);
            screen.Text(string.Create(CultureInfo.InvariantCulture, $"{(row.Headline.Length > 0 ? row.Summary + " " : "")}({row.Trials} {(row.Trials == 1 ? "trial" : "trials")})"), indent: 2);
        }

        foreach (var row in rows.Where(row => row.Scope.Length > 0))
        {
            terminal.Answer("");
            var table = screen.Table(claim: false);
            table.AddRow(new Text(ShownText.OneLine(row.Scope)), screen.Verdict(row), new Text(ShownText.OneLine(row.Lead)));
            screen.Write(table);
            if (row.Headline.Length > 0)
            {
                screen.Text(string.Create(CultureInfo.InvariantCulture, $"{row.Summary} ({row.Trials} {(row.Trials == 1 ? "trial" : "trials")})"), indent: 2);
            }
        }

        Rest(facts, claim, rows, uncounted, screen, terminal);
    }

    private static void Rest(RunFacts facts, string claim, ImmutableArray<VerdictRow> rows, ImmutableArray<NotCounted> uncounted, Screen screen, Terminal terminal)
    {
        if (!uncounted.IsEmpty)
        {
            terminal.Answer("\nmeasured, and not counted:");
            foreach (var row in uncounted)
            {
                screen.Text(string.Create(CultureInfo.InvariantCulture, $"- {row.Trials} {(row.Trials == 1 ? "trial" : "trials")} ({row.Named}): {row.Reason}{(row.Remedy.Length > 0 ? $"; fix: {row.Remedy}" : "")}"));
            }
        }

        foreach (var experiment in facts.Experiments.Where(experiment => rows.Any(row => row.Experiment == experiment.Id)))
        {
            if (Threats(Path.Combine(facts.Folder.Definitions, experiment.Id, "README.md")) is { Count: > 0 } threats)
            {
                terminal.Answer($"\nthreats to validity ({experiment.Id}):");
                threats.ForEach(threat => screen.Text(threat));
            }
        }

        terminal.Answer($"\nevidence: {Path.Combine(facts.Folder.Evidence, claim + ".csv")}");
        terminal.Answer($"rules:    {string.Join(' ', rows.Select(row => row.Experiment).Distinct().Select(id => Path.Combine(facts.Folder.Definitions, id, "README.md")))}");
        terminal.Answer($"check:    harness verify {facts.Folder.RunId}");
        foreach (var line in Reproduction.Judging(facts).Where(line => rows.Any(row => line.Contains($"/{row.Experiment}/", StringComparison.Ordinal))))
        {
            terminal.Answer($"          in {facts.Folder.Root}: {line}");
        }

        terminal.Answer("");
    }

    [GeneratedRegex("^C[0-9]+[a-z]?(-[a-z]+)?$")]
    private static partial Regex ClaimPattern();

    // The section of the experiment's README, a line an entry.
    private static List<string> Threats(string readme) => !File.Exists(readme) ? [] :
    [
        .. File.ReadLines(readme)
            .SkipWhile(line => !line.StartsWith("## Threats", StringComparison.Ordinal)).Skip(1)
            .TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal))
            .Where(line => line.Length > 0)
            .Select(line => line.Replace("**", "", StringComparison.Ordinal).Replace("`", "", StringComparison.Ordinal)),
    ];
}
