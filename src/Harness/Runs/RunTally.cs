using System.Globalization;
using Harness.Core.Model;
using Harness.Core.Planning;

namespace Harness.Runs;

/// <summary>How many trials of a run there are and how many have their row, in all and by experiment.</summary>
internal sealed class RunTally
{
    private readonly Dictionary<Outcome, int> _outcomes = [];
    private readonly Dictionary<string, int> _left = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _ofExperiment = new(StringComparer.Ordinal);
    private int _planned;
    private int _done;

    /// <summary>Of a plan.</summary>
    /// <param name="plan">The whole plan.</param>
    /// <param name="isDone">Whether a trial has its row already.</param>
    internal RunTally(Plan plan, Func<PlannedTrial, bool> isDone)
    {
        foreach (var group in plan.Trials.GroupBy(trial => trial.Experiment, StringComparer.Ordinal))
        {
            _ofExperiment[group.Key] = group.Count();
            _left[group.Key] = group.Count(trial => !isDone(trial));
        }
    }

    /// <summary>How many trials ended in each way, of those run now.</summary>
    internal IReadOnlyDictionary<Outcome, int> Outcomes => _outcomes;

    /// <summary>Whether all have their row.</summary>
    internal bool IsThrough => _done == _planned;

    /// <summary>Takes the numbers that the run begins with.</summary>
    internal void Begin(int planned, int committed) => (_planned, _done) = (planned, committed);

    /// <summary>Takes a trial's row.</summary>
    internal void Committed(TrialResult result)
    {
        _outcomes[result.Outcome] = _outcomes.GetValueOrDefault(result.Outcome) + 1;
        _done++;
        _left[result.Trial.Experiment] = _left.GetValueOrDefault(result.Trial.Experiment) - 1;
    }

    /// <summary><c>footprint: 12 of 48 trials (86 of 362 in all), now busybox:static under docker/runc</c>.</summary>
    /// <param name="experiment">The one that runs.</param>
    /// <param name="running">What runs now.</param>
    /// <param name="isBeside">Whether it stands beside a bar, which shows the numbers of all.</param>
    internal string Status(string experiment, IReadOnlyCollection<PlannedSandbox> running, bool isBeside)
    {
        var all = _ofExperiment.GetValueOrDefault(experiment);
        var own = isBeside ? "" : _ofExperiment.Count == 1 ? " trials" : string.Create(CultureInfo.InvariantCulture, $" trials ({_done} of {_planned} in all)");
        return string.Create(CultureInfo.InvariantCulture, $"{experiment}: {all - _left.GetValueOrDefault(experiment)} of {all}{own}{RunWords.Now(running)}");
    }

    /// <summary><c>362 of 362 trials: 360 ok, 2 crashed</c>.</summary>
    internal string Ended() => string.Create(CultureInfo.InvariantCulture, $"{_done} of {_planned} trials: {RunWords.Outcomes(_outcomes)}");
}
