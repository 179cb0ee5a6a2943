using System.CommandLine;
using System.Globalization;
using Harness.Cli;
using Harness.Core;
using Harness.Core.Journaling;
using Harness.Reporting.Sites;

namespace Harness.Commands;

/// <summary><c>harness site RUNS… --out DIR</c>: a static site over many runs.</summary>
public static class SiteCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        var runs = new Argument<string[]>("run") { Description = "Runs by id or folder, or folders of runs. Those that the site has already are not read again; one that cannot be added is named and left out, and the command exits 3.", Arity = ArgumentArity.OneOrMore };
        var target = new Option<string>("--out") { HelpName = "DIR", Description = "The site's folder: empty, not there yet, or a site that the runs are added to.", Required = true };
        var address = new Option<Uri?>("--url")
        {
            HelpName = "URL",
            Description = "Where the site will be seen, for absolute links in its feeds; it is kept for the next time (default: links are relative).",
            CustomParser = result =>
            {
                if (Uri.TryCreate(result.Tokens[0].Value.TrimEnd('/') + "/", UriKind.Absolute, out var url) && url.Scheme is "http" or "https")
                {
                    return url;
                }

                result.AddError($"--url needs an address as https://example.org/harness/, not '{result.Tokens[0].Value}'");
                return null;
            },
        };
        var folder = new Option<string?>("--runs") { HelpName = "DIR", Description = "Folder that runs are looked for in by id (default: results/ of the repository, else ./results)." };
        var own = new Option<bool>("--own-definitions") { Description = "Let experiments leave that are not this program's own: you have read them." };
        var command = new Command("site", "Make a static site over many runs, or add runs to it: reports, verdicts and times over time, feeds, badges, without anything private. Needs no engine.") { runs, target, address, own, folder };
        command.SetAction((result, cancellation) => Task.Run(
            () =>
            {
                var folders = new RunFolders(Locations.RunsOf(result.GetValue(folder)));
                ImmutableArray<NamedRun> named = [.. result.GetValue(runs)!.SelectMany(name => Named(folders, name)).DistinctBy(run => run.Folder.Root)];
                var redaction = ExportCommand.Redaction(result.GetValue(own), withoutRaw: false);
                var site = SiteFolder.Open(result.GetValue(target)!, result.GetValue(address));
                var (added, refused) = (0, 0);
                try
                {
                    foreach (var run in named)
                    {
                        cancellation.ThrowIfCancellationRequested();
                        try
                        {
                            run.RequirePlain();
                            added += site.Add(run.Folder, redaction, cancellation) ? 1 : 0;
                        }
                        catch (HarnessException e)
                        {
                            // One run that is not finished, or not plain, says nothing about the others.
                            refused++;
                            terminal.Fail(e.Message.ReplaceLineEndings("; "));
                        }
                    }
                }
                finally
                {
                    // Runs that were added before an interruption are on the pages, too.
                    site.Write();
                }

                var leftOut = refused > 0 ? string.Create(CultureInfo.InvariantCulture, $", {refused} left out") : "";
                terminal.Answer(string.Create(CultureInfo.InvariantCulture, $"{Path.GetFullPath(result.GetValue(target)!)}: {added} added, {named.Length - added - refused} there already{leftOut}; {(site.Summaries().IsEmpty ? "it has no run yet" : "open index.html")}"));
                return refused > 0 ? ExitCode.Usage : ExitCode.Ok;
            },
            CancellationToken.None));
        return command;
    }

    // Which runs a name means. What their folders consist of is looked at where one is read: those that the site has already are not.
    private static ImmutableArray<NamedRun> Named(RunFolders folders, string name)
    {
        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(name));
        if (!Directory.Exists(path) || File.Exists(new RunFolder(path).PlanJson))
        {
            return [new NamedRun(folders.Locate(name), null)];
        }

        ImmutableArray<NamedRun> runs = [.. new RunFolders(path).All().Select(run => new NamedRun(run, path))];
        return !runs.IsEmpty ? runs : throw new HarnessException($"{name}: is neither a run's folder nor a folder that holds runs; 'harness list --runs' shows the runs");
    }

    // Within: the folder of runs that the user named; what in it is a link was named by nobody.
    private sealed record NamedRun(RunFolder Folder, string? Within)
    {
        internal void RequirePlain()
        {
            if (Within is not null)
            {
                PlainFolder.RequireFile(Within, Folder.Root);
            }
        }
    }
}
