using Harness.Cli;
using Harness.Core;
using Harness.Reporting;
using Harness.Runtimes;

namespace Harness.Runs;

/// <summary>What can be known before the first trial: what a run would end with, or spend trials on in vain.</summary>
public static class EarlyChecks
{
    /// <summary>Tries the SQL, figures, claims and variants of what is to be run.</summary>
    /// <exception cref="HarnessException">Something is wrong: one line each, file and reason.</exception>
    public static void Require(Selection selection, CancellationToken cancellation)
    {
        var variants =
            from experiment in selection.Experiments
            from variant in experiment.Matrix.Variants.Concat(experiment.Quick.Variants ?? []).Concat(experiment.Image.Variants ?? []).Distinct()
            let mistake = RuntimeSet.VariantMistake(variant)
            where mistake is not null
            select $"{Path.Combine(selection.Folder.Root, experiment.Id, "experiment.yaml")}: matrix.variants: '{variant}': {mistake}";
        if (variants.Concat(Rehearsal.Mistakes(selection.Folder, selection.Experiments, cancellation)).ToList() is [_, ..] mistakes)
        {
            throw new HarnessException(string.Join('\n', mistakes));
        }
    }
}
