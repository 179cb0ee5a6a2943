using System.CommandLine;
using Harness.Cli;
using Harness.Core;
using Harness.Core.Running;
using Harness.Host.Facts;
using Harness.Host.Processes;
using Harness.Reporting;
using Harness.Runs;
using Harness.Runtimes.Cleaning;

namespace Harness.Commands;

/// <summary>Commands on what is there already: <c>report</c>, <c>verify</c>, <c>clean</c>.</summary>
public static class FolderCommands
{
    /// <summary><c>report</c>: makes everything derived again.</summary>
    public static Command CreateReport(Options options, Terminal terminal)
    {
        var run = Run();
        var command = new Command("report", "Regenerate a run's verdicts, figures and report from its rows. Needs no engine.") { run, options.Out };
        command.SetAction(async (result, cancellation) =>
        {
            var folder = Locations.Find(result.GetValue(options.Out)).Runs.Find(result.GetValue(run));
            var report = await Task.Run(() => Derivation.Regenerate(folder, cancellation), CancellationToken.None);
            VerdictPrinter.Print(report, folder, terminal);
            return report.Failures.IsEmpty ? ExitCode.Ok : ExitCode.Internal;
        });
        return command;
    }

    /// <summary><c>verify</c>: proves that a run is what it was.</summary>
    public static Command CreateVerify(Options options, Terminal terminal)
    {
        var run = Run();
        var command = new Command("verify", "Recompute everything derived in a run's folder and check its sums; exits 1 on any difference.") { run, options.Out };
        command.SetAction(async (result, cancellation) =>
        {
            var locations = Locations.Find(result.GetValue(options.Out));
            var folder = locations.Runs.Find(result.GetValue(run));
            var tool = await HostFacts.ToolAsync(RunSession.Version, locations.Repository, [], 0, DateTimeOffset.UnixEpoch, cancellation);
            var findings = await Task.Run(() => Verification.Verify(folder, HostFacts.Gather(tool), cancellation), CancellationToken.None);
            foreach (var finding in findings)
            {
                terminal.Answer(ShownText.OneLine(finding.ToString()));
            }

            var faults = findings.Count(finding => finding.IsFault);
            var proven = findings.Any(finding => finding.IsUnproven) ? "all verdicts, evidence and tables match the recorded data" : "all derived files match the recorded data";
            var verified = findings.Any(finding => finding.IsRedacted) ? "verified as redacted" : "verified";
            terminal.Answer(faults == 0 ? $"{folder.RunId}: {verified}, {proven}" : $"{folder.RunId}: {faults} {(faults == 1 ? "fault" : "faults")}");
            return faults == 0 ? ExitCode.Ok : ExitCode.GateFailed;
        });
        return command;
    }

    /// <summary><c>clean</c>: removes what runs left.</summary>
    public static Command CreateClean(Options options, Terminal terminal)
    {
        var everything = new Option<bool>("--images") { Description = "Also remove all caches that can be made again: images, userlands, kernels, disks of VMs." };
        var command = new Command("clean", "Remove containers, processes, mounts and folders that runs left behind. Results stay.") { everything, options.Engine };
        command.SetAction(async (result, cancellation) =>
        {
            var removed = await Leftovers.CleanAsync(result.GetValue(options.Engine), result.GetValue(everything), cancellation);
            foreach (var line in removed)
            {
                terminal.Answer(ShownText.OneLine($"removed {line}"));
            }

            terminal.Answer(removed.IsEmpty ? "nothing was left behind" : "clean");
            return ExitCode.Ok;
        });
        return command;
    }

    private static Argument<string?> Run() =>
        new("run") { Description = "The run's id or folder (default: the newest).", Arity = ArgumentArity.ZeroOrOne };
}
