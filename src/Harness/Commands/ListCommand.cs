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
        var command = new Command("list", "List experiments and userlands, or runs.") { runs, options.Out, options.Catalog, options.Json };
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
                    Userlands = catalogue.Userlands.Select(Everything),
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
        terminal.Out.Write(Userlands(catalogue));
    }

    // Every key of the file, absent ones as null: a program that reads this need not know which are optional.
    private static object Everything(UserlandDefinition userland) => new
    {
        userland.Id,
        Distribution = Stated(userland.Distribution),
        Version = Stated(userland.Version),
        Libc = userland.Libc is { } libc ? new { Kind = Lower(libc.Kind), Version = Stated(libc.Version) } : null,
        userland.Rolling,
        Released = userland.Released?.Text,
        EndOfLife = userland.EndOfLife?.Text,
        userland.Sources,
        userland.Images,
        userland.Platforms,
        Tier = Lower(userland.Tier),
        Bootstrap = userland.Bootstrap is { } recipe ? new { recipe.Kind, Suite = Stated(recipe.Suite), Architecture = Stated(recipe.Architecture), Packages = recipe.Packages.IsEmpty ? (ImmutableArray<string>?)null : recipe.Packages } : null,
    };

    private static Table Userlands(UserlandCatalogue catalogue)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in new[] { "userland", "libc", "released", "end of life" })
        {
            table.AddColumn(column, options => options.NoWrap());
        }

        table.AddColumn("from");
        foreach (var userland in catalogue.Userlands)
        {
            var libc = userland.Libc is { } known ? $"{Lower(known.Kind)} {known.Version}".TrimEnd() : "";
            var released = userland.Rolling ? "rolling" : userland.Released?.Text ?? "";
            table.AddRow(new[] { userland.Id, libc, released, userland.EndOfLife?.Text ?? "", From(userland) }.Select(Markup.Escape).ToArray());
        }

        return table;
    }

    // The best image stands for all of them: the further ones hold the same and are in --json.
    private static string From(UserlandDefinition userland)
    {
        var recipe = userland.Bootstrap is { } bootstrap ? $"bootstrap: {bootstrap.Kind} {bootstrap.Suite} {bootstrap.Architecture}".TrimEnd() : null;
        return string.Join("; ", new[] { userland.Images.FirstOrDefault(), recipe }.Where(source => source is not null));
    }

    private static string Lower(Enum value) => value.ToString().ToLowerInvariant();

    private static string? Stated(string text) => text.Length > 0 ? text : null;

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
