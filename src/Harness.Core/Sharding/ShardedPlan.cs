using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Core.Running;

namespace Harness.Core.Sharding;

/// <summary>
/// A plan cut into parts for several hosts. Timed experiments are cut by whole blocks, so that what is compared ran on one host; each part warms up.
/// The others are cut by userland, so that each image is fetched by one host. The host's own cells, and those that an experiment's
/// <c>shared</c> names, are in every part: the others are compared with them. Pure: every host computes the same parts.
/// </summary>
public sealed class ShardedPlan
{
    private readonly Plan _whole;
    private readonly Dictionary<string, ExperimentDefinition> _experiments;
    private readonly Dictionary<string, int> _userlands = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Experiment, int Block), int> _blocks = [];

    private ShardedPlan(Plan whole, IEnumerable<ExperimentDefinition> experiments, int count)
    {
        _whole = whole;
        _experiments = experiments.ToDictionary(experiment => experiment.Id, StringComparer.Ordinal);
        Count = count;
        Costs = [.. Assign(count)];
    }

    /// <summary>How many parts.</summary>
    public int Count { get; }

    /// <summary>What each part is expected to take, in seconds of one host, by index from 0.</summary>
    public ImmutableArray<double> Costs { get; }

    /// <summary>Cuts a plan.</summary>
    /// <param name="whole">All of it.</param>
    /// <param name="experiments">Its experiments.</param>
    /// <param name="count">How many parts.</param>
    public static ShardedPlan Of(Plan whole, IEnumerable<ExperimentDefinition> experiments, int count) => new(whole, experiments, count);

    /// <summary>
    /// A hash of all trials of a plan, in whatever order they are listed. Which engine and which accelerator a host has is not in it: hosts that differ in
    /// them share one plan.
    /// </summary>
    public static string Fingerprint(IEnumerable<PlannedTrial> trials)
    {
        var lines = trials.Select(trial => string.Create(
            CultureInfo.InvariantCulture, $"{trial.Experiment}\t{OnAnyHost(trial.Cell)}\t{trial.Probe}\t{trial.Block}\t{trial.Repetition}\t{trial.Warmup}")).Distinct().Order(StringComparer.Ordinal);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines))));
    }

    private static string OnAnyHost(Cell cell) => (cell with { Engine = cell.Engine.Length > 0 ? "*" : "", Accelerator = "" }).Name;

    /// <summary>One part, its sandboxes in the order of the whole; null where it has nothing of its own to run.</summary>
    /// <param name="index">From 1.</param>
    public Plan? Part(int index)
    {
        ImmutableArray<PlannedSandbox> sandboxes =
        [
            .. _whole.Sandboxes
                .Select(sandbox => sandbox with { Trials = sandbox.Trials.RemoveAll(trial => !IsIn(sandbox, trial, index)) })
                .Where(sandbox => sandbox.Trials.Length > 0),
        ];
        return sandboxes.Any(IsOwn) ? _whole with { Sandboxes = sandboxes } : null;

        bool IsOwn(PlannedSandbox sandbox) => sandbox.Trials.Any(trial => !IsShared(sandbox, trial));
    }

    private bool IsIn(PlannedSandbox sandbox, PlannedTrial trial, int index) =>
        IsShared(sandbox, trial)
        || (_experiments[sandbox.Experiment].Timed ? _blocks[(sandbox.Experiment, trial.Block)] : _userlands[sandbox.Cell.Userland]) == index;

    // What every part runs: warm-ups of what is timed, and what the others are compared with.
    private bool IsShared(PlannedSandbox sandbox, PlannedTrial trial)
    {
        var experiment = _experiments[sandbox.Experiment];
        return experiment.Timed
            ? trial.Warmup
            : sandbox.Cell.Userland == Cell.HostUserland || experiment.Shared.Any(glob => Planner.Matches(glob, sandbox.Cell));
    }

    private double[] Assign(int count)
    {
        var costs = new double[count];
        // Blocks in turn: each has every cell once. Where one experiment's turns ended the next one's begin, so that no part gets all the first ones.
        var turn = 0;
        foreach (var block in Own(timed: true).GroupBy(piece => (piece.Sandbox.Experiment, piece.Trials[0].Block)))
        {
            _blocks[block.Key] = turn + 1;
            costs[turn] += block.Sum(Cost);
            turn = (turn + 1) % count;
        }

        // The longest first, to whoever has least.
        var userlands = Own(timed: false).GroupBy(piece => piece.Sandbox.Cell.Userland).Select(group => (Userland: group.Key, Cost: group.Sum(Cost)));
        foreach (var (userland, cost) in userlands.OrderByDescending(one => one.Cost).ThenBy(one => one.Userland, StringComparer.Ordinal))
        {
            var least = Array.IndexOf(costs, costs.Min());
            _userlands[userland] = least + 1;
            costs[least] += cost;
        }

        var everywhere = _whole.Sandboxes.Where(sandbox => IsShared(sandbox, sandbox.Trials[0])).Sum(sandbox => Cost((sandbox, sandbox.Trials)));
        return [.. costs.Select(cost => cost + everywhere)];
    }

    // A sandbox after the blocks has trials of many: it is cut.
    private IEnumerable<(PlannedSandbox Sandbox, ImmutableArray<PlannedTrial> Trials)> Own(bool timed) =>
        from sandbox in _whole.Sandboxes
        where _experiments[sandbox.Experiment].Timed == timed
        from piece in timed ? sandbox.Trials.GroupBy(trial => trial.Block).Select(block => block.ToImmutableArray()) : [sandbox.Trials]
        where !IsShared(sandbox, piece[0])
        select (sandbox, piece);

    private double Cost((PlannedSandbox Sandbox, ImmutableArray<PlannedTrial> Trials) piece) =>
        TypicalCost.Seconds(piece.Sandbox with { Trials = piece.Trials }, _experiments[piece.Sandbox.Experiment], _whole.Quick);
}
