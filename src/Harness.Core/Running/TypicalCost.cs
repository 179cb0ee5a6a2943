using System.Globalization;
using Harness.Core.Definitions;
using Harness.Core.Planning;

namespace Harness.Core.Running;

/// <summary>What a sandbox's trials typically take, before any of a run is known: as seen on hosts of two to sixteen cores.</summary>
internal static class TypicalCost
{
    /// <summary>Seconds.</summary>
    /// <param name="sandbox">Its trials are of one experiment.</param>
    /// <param name="experiment">That one.</param>
    /// <param name="quick">Whether fleets are grown for a shorter time.</param>
    /// <param name="learnt">What trials took in an earlier run; null where none was given.</param>
    internal static double Seconds(PlannedSandbox sandbox, ExperimentDefinition experiment, bool quick, LearntCosts? learnt = null)
    {
        var probe = experiment.Probes.First(known => known.Id == sandbox.Trials[0].Probe);
        var (start, each) = KnownRuntimes.Of(sandbox.Cell).Cost.In(sandbox.Cell, sandbox.Exclusive);
        return probe.Kind switch
        {
            // Copies are made, looked at and removed again.
            ProbeKind.Fleet when probe.Command.Contains("disk") => 1 + 4.5 * start,
            ProbeKind.Fleet => 1.5 * start + Fleet(probe, start, quick),
            // The second instrument brings itself up once; each of its trials is several starts.
            ProbeKind.Benchmark => 3 + sandbox.Trials.Length * (1 + 6 * start),
            ProbeKind.Pull => sandbox.Trials.Length * 5,
            // Before a timed trial the host is watched until it is quiet.
            _ => start + sandbox.Trials.Sum(trial => learnt?.Seconds(trial) ?? each) + (experiment.Timed ? 2.2 : 0),
        };
    }

    // Its seconds are a limit. A fleet of quick starters has reached its last number long before, and one that grows by doubling ends where the next
    // number would not fit: three quarters of them are used.
    private static double Fleet(ProbeDefinition probe, double start, bool quick)
    {
        var numbers = Words(probe, "n=")?.Split(',').Select(Number).ToList() ?? [1];
        var started = probe.Command.Contains("storm") ? numbers.Sum() : numbers[^1];
        var limit = Number(Words(probe, "seconds=") ?? "4") * (quick ? 0.6 : 1);
        return Math.Min(0.75 * limit, (0.6 * start * started) + (0.7 * numbers.Count));
    }

    private static string? Words(ProbeDefinition probe, string key) =>
        probe.Command.FirstOrDefault(word => word.StartsWith(key, StringComparison.Ordinal))?[key.Length..];

    private static double Number(string text) => double.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : 1;
}
