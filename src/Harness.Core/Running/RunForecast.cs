using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Core.Planning;

namespace Harness.Core.Running;

/// <summary>
/// How long the rest of a run takes. Each sandbox counts by its own cost: what others of its experiment and cell took in this run, else others of
/// its experiment and runtime, else what such a sandbox typically takes, corrected by how typical this host has been so far. Counting trials
/// alone is far off: a reading takes milliseconds, a timed start seconds, a fleet of emulated VMs half a minute.
/// </summary>
public sealed class RunForecast
{
    // How far this host may be from the typical one.
    private const double Furthest = 4;

    private readonly Dictionary<string, ExperimentDefinition> _experiments;
    private readonly int _parallel;
    private readonly Dictionary<PlannedSandbox, double> _open = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, Tally> _cells = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Tally> _kinds = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Tally> _runtimes = new(StringComparer.Ordinal);
    private readonly Tally _all = new();
    private readonly HashSet<string> _unprepared = new(StringComparer.Ordinal);
    private int _prepared;
    private TimeSpan _preparing;

    /// <summary>Nothing is known yet.</summary>
    /// <param name="sandboxes">What is to be run.</param>
    /// <param name="experiments">Their experiments.</param>
    /// <param name="parallel">How many run at a time where nothing is timed.</param>
    /// <param name="quick">Whether fleets are grown for a shorter time.</param>
    public RunForecast(IEnumerable<PlannedSandbox> sandboxes, IEnumerable<ExperimentDefinition> experiments, int parallel, bool quick)
    {
        _parallel = Math.Max(1, parallel);
        _experiments = experiments.ToDictionary(experiment => experiment.Id, StringComparer.Ordinal);
        foreach (var sandbox in sandboxes)
        {
            _open.Add(sandbox, TypicalCost.Seconds(sandbox, _experiments[sandbox.Experiment], quick));
            _unprepared.Add(sandbox.Cell.Userland);
        }
    }

    /// <summary>A sandbox is done.</summary>
    public void Ended(PlannedSandbox sandbox, TimeSpan took)
    {
        if (!_open.Remove(sandbox, out var typical))
        {
            return;
        }

        Tally[] tallies = [Of(_cells, CellOf(sandbox)), Of(_kinds, KindOf(sandbox)), Of(_runtimes, RuntimeOf(sandbox)), _all];
        foreach (var tally in tallies)
        {
            tally.Add(took.TotalSeconds, typical);
        }
    }

    /// <summary>A sandbox cannot be run: its cell could not be prepared.</summary>
    public void Dropped(PlannedSandbox sandbox) => _open.Remove(sandbox);

    /// <summary>Userlands were fetched or made: what that took, those to come take in proportion.</summary>
    public void Prepared(IEnumerable<string> userlands, TimeSpan took)
    {
        _prepared += userlands.Count(_unprepared.Remove);
        _preparing += took;
    }

    /// <summary>What the sandboxes that are not done take, and preparing their userlands, once some were prepared.</summary>
    /// <param name="running">Those that are at work, and since when.</param>
    public TimeSpan Left(IReadOnlyCollection<(PlannedSandbox Sandbox, TimeSpan For)>? running = null)
    {
        var (alone, beside, longest) = (0.0, 0.0, 0.0);
        foreach (var (sandbox, typical) in _open)
        {
            var cost = Estimate(sandbox, typical);
            if (sandbox.Exclusive)
            {
                alone += cost;
            }
            else
            {
                beside += cost;
                longest = Math.Max(longest, cost);
            }
        }

        foreach (var (sandbox, since) in running ?? [])
        {
            if (_open.TryGetValue(sandbox, out var typical))
            {
                // One that takes longer than was thought still takes a little.
                var spent = Math.Min(since.TotalSeconds, 0.9 * Estimate(sandbox, typical));
                (alone, beside) = sandbox.Exclusive ? (alone - spent, beside) : (alone, beside - spent);
            }
        }

        var preparing = _prepared > 0 ? _preparing * ((double)_unprepared.Count / _prepared) : TimeSpan.Zero;
        return preparing + TimeSpan.FromSeconds(alone + Math.Max(beside / _parallel, Math.Min(longest, beside)));
    }

    private double Estimate(PlannedSandbox sandbox, double typical)
    {
        var kind = _kinds.GetValueOrDefault(KindOf(sandbox));
        if (_cells.GetValueOrDefault(CellOf(sandbox)) is { } cell)
        {
            // One value may be an outlier: its kind is one more.
            return (cell.Took + kind!.Mean) / (cell.Count + 1);
        }

        if (kind is not null)
        {
            // Here, too: what is typical is one more.
            return (kind.Took + typical) / (kind.Count + 1);
        }

        return typical * Math.Clamp((_runtimes.GetValueOrDefault(RuntimeOf(sandbox)) ?? _all).Ratio, 1 / Furthest, Furthest);
    }

    private string DrivenOf(PlannedSandbox sandbox) =>
        _experiments[sandbox.Experiment].Probes.First(known => known.Id == sandbox.Trials[0].Probe) is { IsDriven: true } probe ? probe.Id : "";

    private string CellOf(PlannedSandbox sandbox) => $"{sandbox.Experiment}/{sandbox.Cell.Name}/{DrivenOf(sandbox)}";

    private string KindOf(PlannedSandbox sandbox) => $"{sandbox.Experiment}/{RuntimeOf(sandbox)}/{DrivenOf(sandbox)}";

    private static string RuntimeOf(PlannedSandbox sandbox) => $"{sandbox.Cell.Engine}/{sandbox.Cell.Runtime}/{sandbox.Cell.Accelerator}";

    private static Tally Of(Dictionary<string, Tally> tallies, string key) => tallies.TryGetValue(key, out var tally) ? tally : tallies[key] = new Tally();

    private sealed class Tally
    {
        public int Count { get; private set; }

        public double Took { get; private set; }

        public double Mean => Took / Count;

        public double Ratio => _typical > 0 ? Took / _typical : 1;

        private double _typical;

        public void Add(double took, double typical)
        {
            Count++;
            Took += took;
            _typical += typical;
        }
    }
}
