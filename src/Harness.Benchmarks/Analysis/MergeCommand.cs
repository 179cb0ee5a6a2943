using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Harness.Analysis.Merging;
using Harness.Cli;
using Harness.Core;
using Harness.Core.Journaling;
using Harness.Reporting;

namespace Harness.Benchmarks.Analysis;

/// <summary>The merge of parts in a process of its own, so that its memory is its own too; for <see cref="MergeBenchmark"/>, not for a user.</summary>
internal static class MergeCommand
{
    internal const string Name = "merge-parts";

    /// <summary>Verdicts, statistics, figures and both reports as well, as <c>harness merge</c> does.</summary>
    internal const string Derive = "--derive";

    /// <summary>Answers with the most memory that the process had, in bytes.</summary>
    internal static Command Create(Terminal terminal)
    {
        var target = new Argument<string>("target");
        var parts = new Argument<string[]>("parts") { Arity = ArgumentArity.OneOrMore };
        var derive = new Option<bool>(Derive);
        var command = new Command(Name) { target, parts, derive };
        command.Hidden = true;
        command.SetAction((result, cancellation) => Task.Run(
            () =>
            {
                ImmutableArray<RunFolder> folders = [.. result.GetValue(parts)!.Select(part => new RunFolder(part))];
                RunMerge.Write(folders, new RunFolder(result.GetValue(target)!), allowMissing: false, (_, _) => ImmutableDictionary<int, ImmutableArray<PlannedRow>>.Empty, cancellation);
                if (result.GetValue(derive))
                {
                    Derivation.Regenerate(new RunFolder(result.GetValue(target)!), cancellation);
                }

                using var process = Process.GetCurrentProcess();
                terminal.Answer(process.PeakWorkingSet64.ToString(CultureInfo.InvariantCulture));
                return ExitCode.Ok;
            },
            CancellationToken.None));
        return command;
    }
}
