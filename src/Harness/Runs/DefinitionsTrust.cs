using Harness.Cli;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Core.Planning;

namespace Harness.Runs;

/// <summary>
/// A run's folder brings the scripts and commands of its probes along, and may be somebody else's. What would run as a plain process of this
/// host, or confined less than in an engine's container, must be the repository's own, unless the user says otherwise.
/// </summary>
internal static class DefinitionsTrust
{
    /// <summary>The option by which the user does.</summary>
    internal const string Option = Options.TrustDefinitionsName;

    /// <summary>Refuses a run of which such a probe is not the repository's.</summary>
    /// <param name="folder">The run.</param>
    /// <param name="plan">Its plan.</param>
    /// <param name="kept">Its experiments, as the folder has them.</param>
    /// <param name="own">The repository's experiments folder.</param>
    /// <exception cref="HarnessException">One differs; the message names it and the option.</exception>
    internal static void Require(RunFolder folder, Plan plan, ImmutableArray<ExperimentDefinition> kept, string own)
    {
        var exposed = plan.Sandboxes
            .Where(sandbox => KnownRuntimes.Of(sandbox.Cell).Kind == RuntimeKind.Process || Confinement.Gap(sandbox.Cell) is not null)
            .SelectMany(sandbox => sandbox.Trials.Select(trial => (sandbox.Experiment, trial.Probe)))
            .Distinct();
        foreach (var (experiment, id) in exposed)
        {
            var probe = kept.First(known => known.Id == experiment).Probes.First(known => known.Id == id);
            if (Difference(folder, experiment, probe, own) is { } difference)
            {
                throw new HarnessException($"{folder.Root}: {difference}, and would run on this host: read {folder.Definitions}, then add {Option} if you trust it");
            }
        }
    }

    private static string? Difference(RunFolder folder, string experiment, ProbeDefinition probe, string own)
    {
        // The agent's own probes execute nothing of the folder's.
        if (probe.Kind == ProbeKind.Builtin)
        {
            return null;
        }

        if (Own(experiment, own)?.Probes.FirstOrDefault(known => known.Id == probe.Id) is not { } known
            || known.Kind != probe.Kind || !known.Command.SequenceEqual(probe.Command) || !known.OwnPrograms.SequenceEqual(probe.OwnPrograms))
        {
            return $"the probe '{probe.Id}' of {experiment} is not the repository's";
        }

        var files = probe.Kind == ProbeKind.Script ? [probe.Command[0]] : ImmutableArray<string>.Empty;
        return files.Concat(probe.OwnPrograms.SelectMany(program => Builds(folder, program)))
            .FirstOrDefault(file => !AreEqual(Path.Combine(folder.Definitions, file), Path.Combine(own, file))) is { } file
            ? $"definitions/{file} is not the repository's"
            : null;
    }

    private static ExperimentDefinition? Own(string experiment, string own)
    {
        var folder = Path.Combine(own, experiment);
        return File.Exists(Path.Combine(folder, "experiment.yaml")) ? ExperimentReader.Read(folder) : null;
    }

    private static IEnumerable<string> Builds(RunFolder folder, string program)
    {
        var bin = Path.Combine(folder.Definitions, "probes", "bin");
        return Directory.Exists(bin) ? Directory.EnumerateFiles(bin, program + "-*").Select(file => Path.Combine("probes", "bin", Path.GetFileName(file))) : [];
    }

    private static bool AreEqual(string one, string other) =>
        File.Exists(one) && File.Exists(other) && File.ReadAllBytes(one).AsSpan().SequenceEqual(File.ReadAllBytes(other));
}
