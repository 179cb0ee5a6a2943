using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Harness.Cli;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Core.Planning;
using Spectre.Console;

namespace Harness.Commands;

/// <summary><c>harness list</c>: experiments, userlands, and with <c>--runs</c> the runs.</summary>
public static class ListCommand
{
    private static readonly JsonSerializerOptions _json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true, NewLine = "\n" };

    /// <summary>The command.</summary>
    public static Command Create(Options options, Terminal terminal)
    {
        var runs = new Option<bool>("--runs") { Description = "List the runs instead." };
        var command = new Command("list", "List experiments and userlands, or the runs there are.") { runs, options.Out, options.Catalog, options.Json };
        command.SetAction(result =>
        {
            var locations = Locations.Find(result.GetValue(options.Out));
            if (result.GetValue(runs))
            {
                Runs(locations.Runs, terminal, result.GetValue(options.Json));
            }
            else
            {
                var folder = ExperimentsFolder.Read(locations.Experiments);
                var catalogue = result.GetValue(options.Catalog)!.Aggregate(folder.Catalogue, (known, file) => known.With(UserlandCatalogue.Read(Path.GetFullPath(file))));
                Definitions(folder.Experiments, catalogue, terminal, result.GetValue(options.Json));
            }

            return ExitCode.Ok;
        });
        return command;
    }

    private static void Definitions(ImmutableArray<ExperimentDefinition> experiments, UserlandCatalogue catalogue, Terminal terminal, bool json)
    {
        if (json)
        {
            terminal.Answer(JsonSerializer.Serialize(
                new
                {
                    Experiments = experiments.Select(experiment => new { experiment.Id, experiment.Title, experiment.Claims, experiment.Timed, experiment.Matrix.Userlands, experiment.Matrix.Runtimes }),
                    Userlands = catalogue.Userlands.Select(userland => new { userland.Id, userland.Images, Bootstrap = userland.Bootstrap?.Kind }),
                },
                _json));
            return;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumns("experiment", "claims", "title");
        foreach (var experiment in experiments)
        {
            table.AddRow(Markup.Escape(experiment.Id), Markup.Escape(string.Join(", ", experiment.Claims)), Markup.Escape(experiment.Title));
        }

        terminal.Out.Write(table);
        table = new Table().Border(TableBorder.Simple).AddColumns("userland", "from");
        foreach (var userland in catalogue.Userlands)
        {
            var sources = userland.Images.Concat(userland.Bootstrap is { } recipe ? [$"bootstrap: {recipe.Kind} {recipe.Suite}".TrimEnd()] : Array.Empty<string>());
            table.AddRow(Markup.Escape(userland.Id), Markup.Escape(string.Join("; ", sources)));
        }

        terminal.Out.Write(table);
    }

    private static void Runs(RunFolders folders, Terminal terminal, bool json)
    {
        var runs = folders.All().Select(folder =>
        {
            var plan = PlanFile.Read(folder);
            return new { Run = folder.RunId, plan.CreatedAtUtc, plan.Experiments, Planned = plan.Trials.Length, Done = JournalRepair.CommittedTrials(folder).Count };
        }).ToList();
        if (json)
        {
            terminal.Answer(JsonSerializer.Serialize(runs, _json));
            return;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumns("run", "trials", "experiments");
        foreach (var run in runs)
        {
            table.AddRow(Markup.Escape(run.Run), string.Create(CultureInfo.InvariantCulture, $"{run.Done} of {run.Planned}"), Markup.Escape(string.Join(", ", run.Experiments)));
        }

        terminal.Out.Write(table);
    }
}
