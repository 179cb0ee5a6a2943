using System.Globalization;
using Harness.Analysis;
using Harness.Analysis.Tables;
using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Reporting.Model;

namespace Harness.Reporting;

/// <summary>Says in a sentence a probe what became of it in the images that a user asked about, from the run's rows.</summary>
public static class ProbeSentences
{
    /// <summary>A line for each image and runtime, then one for each probe, in the experiment's order; nothing where no image was named.</summary>
    public static ImmutableArray<string> For(RunFacts facts) =>
    [
        .. facts.Experiments.SelectMany(experiment => For(experiment, facts.Plan.Images, facts.Trials)),
    ];

    /// <summary>Those of one experiment.</summary>
    public static IEnumerable<string> For(ExperimentDefinition experiment, ImmutableArray<string> images, ImmutableArray<TrialRow> trials)
    {
        var cells = trials
            .Where(trial => trial.Experiment == experiment.Id)
            .Select(trial => (Cell: Cell.Parse(trial.Cell), Trial: trial))
            .Where(pair => images.Contains(pair.Cell.Userland))
            .GroupBy(pair => pair.Cell, pair => pair.Trial)
            .OrderBy(cell => images.IndexOf(cell.Key.Userland)).ThenBy(cell => cell.Key.Name, StringComparer.Ordinal);
        foreach (var cell in cells)
        {
            yield return $"{Place(cell.Key)}:";
            // One reason for all of them is one line.
            if (cell.All(trial => trial.Outcome == Outcome.Unavailable) && cell.Select(trial => trial.Detail).Distinct().Count() == 1)
            {
                yield return $"  not tried: {cell.First().Detail}";
                continue;
            }

            // What fails comes first; all else keeps the experiment's order.
            var kinds =
                from probe in experiment.Probes
                from alike in cell.Where(trial => trial.Probe == probe.Id).GroupBy(Kind)
                orderby IsFailure(probe, alike.First()) descending
                select (Probe: probe, Alike: alike.ToImmutableArray());
            foreach (var (probe, alike) in kinds)
            {
                yield return $"  {Sentence(probe, alike, cell.Count(trial => trial.Probe == probe.Id))}";
            }
        }
    }

    private static string Sentence(ProbeDefinition probe, ImmutableArray<TrialRow> alike, int all)
    {
        var first = alike[0];
        var about = char.ToLowerInvariant(probe.About[0]) + probe.About[1..];
        var count = all > 1 ? Invariant($", {alike.Length} of {all} times") : "";
        return first.Outcome switch
        {
            Outcome.Ok => $"{probe.Id}: {about} (ok, {Milliseconds(alike)}{count})",
            Outcome.Refused when LacksLoader(first) => $"{probe.Id}: its dynamic loader is missing ({first.Detail}{count})",
            Outcome.Refused when IsAbsent(first) => $"{probe.Id}: not there{OnlyPath(probe)} ({first.Detail}{count})",
            Outcome.Failed when first.ExitCode == NothingToAsk && Path(probe) == Shell => $"{probe.Id}: not there ({Because(first.Detail, "the userland lacks what this probe asks")}{count})",
            Outcome.Refused => $"{probe.Id}: could not be executed ({first.Detail}{count})",
            Outcome.Failed => $"{probe.Id}: failed{Status(first)} ({Because(first.Detail, "without a word")}{count})",
            Outcome.Crashed => $"{probe.Id}: crashed, signal {Invariant($"{first.Signal}")} ({Because(first.Detail, "without a word")}{count})",
            Outcome.Timeout => $"{probe.Id}: did not end ({first.Detail}{count})",
            Outcome.Unavailable => $"{probe.Id}: not tried ({first.Detail}{count})",
            _ => $"{probe.Id}: not known ({first.Detail}{count})",
        };
    }

    // Of the userland's own programs; that it lacks the loader of one of the harness's own is no fault of it.
    private static bool IsFailure(ProbeDefinition probe, TrialRow trial) => probe.Kind != ProbeKind.Program && trial.Outcome switch
    {
        Outcome.Failed => trial.ExitCode != NothingToAsk,
        Outcome.Crashed or Outcome.Timeout => true,
        Outcome.Refused => !IsAbsent(trial) || LacksLoader(trial),
        _ => false,
    };

    // EX_UNAVAILABLE of sysexits.h: how a probe of the harness's own script says that the userland lacks what it would ask. Not 127: whatever was
    // executed and ends with that has failed, its loader that lacks a library included.
    private const int NothingToAsk = 69;

    private const string Shell = "/bin/sh";

    private static bool IsAbsent(TrialRow trial) => trial.Detail.Contains("ENOENT", StringComparison.Ordinal);

    // The agent names the interpreter where that is what the kernel did not find: the program itself is there.
    private static bool LacksLoader(TrialRow trial) => IsAbsent(trial) && trial.Detail.Contains(": its interpreter ", StringComparison.Ordinal);

    private static string? Path(ProbeDefinition probe) => probe.Kind switch
    {
        ProbeKind.Exec => probe.Command[0],
        ProbeKind.Script => Shell,
        _ => null,
    };

    private static string OnlyPath(ProbeDefinition probe) => Path(probe) is { } path ? $": only {path} was looked for" : "";

    private static (Outcome Outcome, int? ExitCode, int? Signal, string Detail) Kind(TrialRow trial) => (trial.Outcome, trial.ExitCode, trial.Signal, trial.Detail);

    // All that sets one cell apart from the others of its userland.
    private static string Place(Cell cell) => string.Join(
        ", ", new[] { $"{cell.Userland} under {Runtime(cell)}", cell.Kernel == KernelDefinition.Host ? "" : $"kernel {cell.Kernel}", cell.Accelerator, cell.Variant }.Where(part => part.Length > 0));

    private static string Runtime(Cell cell) => cell.Engine.Length > 0 ? $"{cell.Engine}/{cell.Runtime}" : cell.Runtime;

    private static string Status(TrialRow trial) => trial.ExitCode is { } status ? Invariant($" with status {status}") : "";

    private static string Because(string detail, string otherwise) => detail.Length > 0 ? detail : otherwise;

    private static string Milliseconds(ImmutableArray<TrialRow> trials)
    {
        // Of an even number the lower middle: a time that was measured, not one between two.
        var times = trials.Select(trial => trial.DurationNs ?? 0).Order().ToList();
        var milliseconds = times[(times.Count - 1) / 2] / 1e6;
        return milliseconds < 10 ? Invariant($"{milliseconds:0.0} ms") : Invariant($"{milliseconds:0} ms");
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
