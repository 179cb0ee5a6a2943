using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Harness.Analysis;
using Harness.Cli;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Journaling;

namespace Harness.Benchmarks.Analysis;

/// <summary>The analysis of a run in a process of its own, so that its memory is its own too; for <see cref="AnalysisBenchmark"/>, not for a user.</summary>
internal static class AnalyseCommand
{
    internal const string Name = "analyse";

    /// <summary>Answers with the most memory that the process had, in bytes.</summary>
    internal static Command Create(Terminal terminal)
    {
        var run = new Argument<string>("run");
        var target = new Argument<string>("target");
        var command = new Command(Name) { run, target };
        command.Hidden = true;
        command.SetAction(result =>
        {
            var folder = new RunFolder(Path.GetFullPath(result.GetValue(run)!));
            ImmutableArray<ExperimentDefinition> experiments = [DefinitionsCopy.Read(folder).Find(GeneratedRun.Experiment)];
            var analysis = RunAnalysis.Write(folder, folder.RunId, experiments, new RunFolder(Path.GetFullPath(result.GetValue(target)!)));
            if (analysis.Failures is [var failure, ..])
            {
                throw new HarnessException(failure.ToString());
            }

            using var process = Process.GetCurrentProcess();
            terminal.Answer(process.PeakWorkingSet64.ToString(CultureInfo.InvariantCulture));
            return ExitCode.Ok;
        });
        return command;
    }
}
