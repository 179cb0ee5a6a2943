using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Harness.Cli;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Planning;
using Harness.Core.Sharding;
using Harness.Host.Processes;
using Harness.Images.Userlands;
using Harness.Runs;
using Spectre.Console;

namespace Harness.Commands;

/// <summary><c>harness plan</c>: what a run would do, without an engine.</summary>
public static class PlanCommand
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
        var ids = Options.Experiments("Experiments to plan (default: all).");
        var command = new Command("plan", "Show what a run would do: every cell and trial, in order. Needs no engine. Takes all options of 'run'; those that do not choose what is run have no effect.")
        {
            ids,
        };
        foreach (var option in RunCommand.Taken(options).Concat([options.Shards, options.Json]))
        {
            command.Options.Add(option);
        }

        command.SetAction(async (result, cancellation) =>
        {
            var selection = await EngineChoice.PlanAsync(Selection.Read(Locations.Find(null), result, options, result.GetValue(ids)!), EngineOptions.Read(result, options), cancellation);
            if (result.GetValue(options.Shards) is { } parts)
            {
                ShardsAnswer.Show(selection.Cut(parts), terminal, result.GetValue(options.Json));
                return ExitCode.Ok;
            }

            var plan = selection.Plan();
            await Task.Run(() => EarlyChecks.Require(selection, cancellation), CancellationToken.None);
            Show(plan, terminal, result.GetValue(options.Json), selection);
            return ExitCode.Ok;
        });
        return command;
    }

    /// <summary>Prints a plan: a table of sandboxes for people, or every trial as JSON.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="terminal">Where.</param>
    /// <param name="json">Which of them.</param>
    /// <param name="selection">Where the plan came from, to say which cells a run would refuse; null where it refuses none.</param>
    public static void Show(Plan plan, Terminal terminal, bool json, Selection? selection)
    {
        if (json)
        {
            terminal.Answer(JsonSerializer.Serialize(
                new
                {
                    plan.Seed,
                    plan.Quick,
                    Sandboxes = plan.Sandboxes.Select(sandbox => new
                    {
                        sandbox.Experiment,
                        Cell = sandbox.Cell.Name,
                        sandbox.Block,
                        sandbox.Warmup,
                        sandbox.Exclusive,
                        Probes = sandbox.Trials.Select(trial => new { trial.Probe, trial.Repetition }),
                    }),
                },
                _json));
            return;
        }

        foreach (var experiment in plan.Sandboxes.GroupBy(sandbox => sandbox.Experiment))
        {
            var cells = experiment.GroupBy(sandbox => sandbox.Cell.Name).OrderBy(cell => cell.Key, StringComparer.Ordinal).ToList();
            var blocks = experiment.Select(sandbox => sandbox.Block).Distinct().Count();
            terminal.Answer(string.Create(
                CultureInfo.InvariantCulture,
                $"{experiment.Key}: {Count(cells.Count, "cell")}, {Count(blocks, "block")}, {Count(experiment.Count(), "start")}, {Count(experiment.Sum(sandbox => sandbox.Trials.Length), "trial")}; {(experiment.First().Exclusive ? "timed, one at a time" : "not timed, in parallel")}"));
            var table = new Table().Border(TableBorder.Simple).AddColumns("cell", "starts", "probes");
            foreach (var cell in cells)
            {
                var probes = cell.First().Trials.Select(trial => trial.Probe).Distinct();
                table.AddRow(Markup.Escape(cell.Key), Count(cell.Count(), null), Markup.Escape(string.Join(", ", probes)));
            }

            terminal.Out.Write(table);
        }

        if (selection is not null)
        {
            ShowImages(plan, terminal, selection);
            var origins = new Origins(selection.Folder.Catalogue);
            var refused = plan.Sandboxes.Select(sandbox => sandbox.Cell).Distinct().Count(cell => origins.Refusal(cell, selection.Catalogue) is not null);
            if (refused > 0)
            {
                terminal.Answer(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Count(refused, "cell")} will be unavailable: the image is in no catalogue of the repository, and is confined less there than in an engine's container; {Origins.Option} runs them"));
            }
        }

        terminal.Answer(string.Create(CultureInfo.InvariantCulture, $"seed {plan.Seed}{(plan.Quick ? ", quick" : "")}: the order of every block follows from it; --json lists the trials in order"));
    }

    // From the catalogue alone: a plan needs neither engine nor network.
    private static void ShowImages(Plan plan, Terminal terminal, Selection selection)
    {
        var userlands = plan.Sandboxes.Where(sandbox => sandbox.Cell.Engine.Length > 0).Select(sandbox => selection.Catalogue.Find(sandbox.Cell.Userland)).OfType<UserlandDefinition>().Distinct().ToList();
        var pulled = userlands.Count(userland => userland.Bootstrap is null);
        if (pulled > 0)
        {
            terminal.Answer(string.Create(
                CultureInfo.InvariantCulture,
                $"images that only registries have: {pulled} of {userlands.Count}; 'harness images list --remote' asks which are there and what registries allow"));
        }
    }

    private static string Count(int number, string? noun) =>
        string.Create(CultureInfo.InvariantCulture, $"{number}{(noun is null ? "" : number == 1 ? $" {noun}" : $" {noun}s")}");
}
