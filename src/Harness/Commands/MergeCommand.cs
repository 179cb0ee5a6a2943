using System.CommandLine;
using System.Globalization;
using Harness.Analysis;
using Harness.Analysis.Merging;
using Harness.Analysis.Tables;
using Harness.Cli;
using Harness.Core;
using Harness.Core.Journaling;
using Harness.Core.Planning;
using Harness.Core.Sharding;
using Harness.Reporting;
using Harness.Runs;

namespace Harness.Commands;

/// <summary><c>harness merge</c>: one run of the parts of a plan.</summary>
public static class MergeCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Options options, Terminal terminal)
    {
        var parts = new Argument<string[]>("shards") { Description = "Runs made with --shard, by id or folder; or a folder that holds them.", Arity = ArgumentArity.OneOrMore };
        var allowMissing = new Option<bool>("--allow-missing") { Description = "Merge although parts or trials are missing: they are not run." };
        var rowsOnly = new Option<bool>("--rows-only") { Description = "Merge the rows and derive nothing from them, for a run that is merged further; 'harness report' derives the rest." };
        var command = new Command("merge", "Make one run of the parts of a plan that several hosts ran. Needs no engine.") { parts, options.Out, options.RunId, allowMissing, rowsOnly, options.FailOn };
        command.Validators.Add(result =>
        {
            if (result.GetValue(rowsOnly) && result.GetValue(options.FailOn) is [_, ..])
            {
                result.AddError("--fail-on needs verdicts: leave out --rows-only");
            }
        });
        command.SetAction(async (result, cancellation) =>
        {
            var locations = Locations.Find(result.GetValue(options.Out));
            var target = locations.Runs.Folder(result.GetValue(options.RunId) ?? RunFolders.NewId(DateTimeOffset.UtcNow));
            var folders = result.GetValue(parts)!.SelectMany(name => Folders(locations.Runs, name)).DistinctBy(folder => folder.Root).ToList();
            Directory.CreateDirectory(locations.Runs.Root);
            var report = await Task.Run(
                () =>
                {
                    RunMerge.Write(folders, target, result.GetValue(allowMissing), Gaps(terminal), cancellation);
                    return result.GetValue(rowsOnly) ? null : Derivation.Regenerate(target, cancellation);
                },
                CancellationToken.None);
            if (report is null)
            {
                terminal.Message($"merged the rows of {folders.Count.ToString(CultureInfo.InvariantCulture)} runs: {target.Root}; verdicts and report: harness report {target.RunId}");
                return ExitCode.Ok;
            }

            VerdictPrinter.Print(report, target, terminal);
            var hosts = report.Plan.Shard!.Parts.Select(part => part.HostId).Distinct().Count();
            terminal.Message(string.Create(CultureInfo.InvariantCulture, $"merged {folders.Count} runs of {hosts} {(hosts == 1 ? "host" : "hosts")}: {target.Root}"));
            return RunExit.Code(report, report.Coverage, [.. result.GetValue(options.FailOn)!.Select(RunRequest.Verdict)], []);
        });
        return command;
    }

    // A folder of runs, as a CI's artifacts are downloaded, stands for all of them.
    private static IEnumerable<RunFolder> Folders(RunFolders runs, string name) =>
        Directory.Exists(name) && !File.Exists(new RunFolder(Path.GetFullPath(name)).PlanJson) && new RunFolders(Path.GetFullPath(name)).All().ToList() is { Count: > 0 } all
            ? all.Select(folder => runs.Find(folder.Root))
            : [runs.Find(name)];

    // Planned again from what a part recorded: which host would have run them is not known.
    private static Func<RunFolder, ImmutableArray<int>, IReadOnlyDictionary<int, ImmutableArray<PlannedRow>>> Gaps(Terminal terminal) => (folder, missing) =>
    {
        var file = PlanFile.Read(folder);
        var options = new Options();
        var command = new RootCommand { RunCommand.CreateAll(options, terminal), RunCommand.CreateRun(options, terminal) };
        var selection = Selection.Of(folder, file, command.Parse(file.Arguments), options);
        var plan = selection.Cut(file.Shard!.Count);
        return missing.Select(index => (Index: index, Part: plan.Part(index))).Where(one => one.Part is not null).ToDictionary(one => one.Index, one => PlanFile.Rows(one.Part!, RunMerge.NoHost));
    };
}
