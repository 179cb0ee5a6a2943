using System.CommandLine;
using System.Globalization;
using Harness.Analysis.Comparing;
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
        var runs = new Argument<string[]>("run") { Description = "Runs by id or folder, or folders of runs. Those that the site has already are not read again.", Arity = ArgumentArity.OneOrMore };
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
                ImmutableArray<RunFolder> named = [.. result.GetValue(runs)!.SelectMany(name => RunSide.Folders(folders, name)).DistinctBy(run => run.Root)];
                var redaction = ExportCommand.Redaction(result.GetValue(own), withoutRaw: false);
                var site = SiteFolder.Open(result.GetValue(target)!, result.GetValue(address));
                var added = 0;
                foreach (var run in named)
                {
                    cancellation.ThrowIfCancellationRequested();
                    added += site.Add(run, redaction, cancellation) ? 1 : 0;
                }

                site.Write();
                terminal.Answer(string.Create(CultureInfo.InvariantCulture, $"{Path.GetFullPath(result.GetValue(target)!)}: {added} added, {named.Length - added} there already; open index.html"));
                return ExitCode.Ok;
            },
            CancellationToken.None));
        return command;
    }
}
