using System.Buffers.Binary;
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
/// <c>shared</c> names, are in every part: the others are compared with them. Pure: every host computes the same parts, since what decides is a plan
/// as it is on any host, whichever accelerator and engine this one has.
/// </summary>
public sealed class ShardedPlan
{
    private readonly Plan _whole;
    private readonly Dictionary<string, ExperimentDefinition> _experiments;
    private readonly Dictionary<string, int> _userlands = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Experiment, int Block), int> _blocks = [];

    private readonly LearntCosts? _learnt;

    private ShardedPlan(Plan whole, IEnumerable<ExperimentDefinition> experiments, int count, LearntCosts? learnt)
    {
        (_whole, _learnt) = (whole, learnt);
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
    /// <param name="learnt">What trials took before; null: what is typical.</param>
    public static ShardedPlan Of(Plan whole, IEnumerable<ExperimentDefinition> experiments, int count, LearntCosts? learnt = null) => new(whole, experiments, count, learnt);

    /// <summary>
    /// A hash of all trials of a plan, in whatever order they are listed and however often. Which accelerator a host has is not in it, nor which engine it
    /// finds: hosts that differ in them share one plan. An engine that was given a name is another than one of another name.
    /// </summary>
    /// <param name="trials">All of the plan.</param>
    /// <param name="named">The names that <c>--engine</c> gave.</param>
    public static string Fingerprint(IEnumerable<PlannedTrial> trials, IReadOnlyCollection<string>? named = null)
    {
        var cells = new Dictionary<Cell, string>();
        // Hashes of lines and not lines: of the parts of a large plan there are millions.
        var seen = new HashSet<UInt128>();
        foreach (var trial in trials)
        {
            if (!cells.TryGetValue(trial.Cell, out var cell))
                cells[trial.Cell] = cell = OnAnyHost(trial.Cell, named ?? []);
            var line = string.Create(CultureInfo.InvariantCulture, $"{trial.Experiment}\t{cell}\t{trial.Probe}\t{trial.Block}\t{trial.Repetition}\t{trial.Warmup}");
            seen.Add(BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(line))));
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> bytes = stackalloc byte[16];
        foreach (var line in seen.Order())
        {
            BinaryPrimitives.WriteUInt128BigEndian(bytes, line);
            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string OnAnyHost(Cell cell, IReadOnlyCollection<string> named) => (cell with
    {
        Engine = cell.Engine.Length == 0 || named.Contains(cell.Engine) || KnownEngines.Find(cell.Engine) is { IsBooted: true } ? cell.Engine : "*",
        Accelerator = "",
    }).Name;

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

    /// <summary>Whether every part runs a trial: warm-ups of what is timed, and what the others are compared with.</summary>
    /// <param name="experiment">Its experiment.</param>
    /// <param name="cell">Its cell.</param>
    /// <param name="isWarmup">Whether it is a warm-up.</param>
    public static bool IsShared(ExperimentDefinition experiment, Cell cell, bool isWarmup) => experiment.Timed
        ? isWarmup
        : cell.Userland == Cell.HostUserland || experiment.Shared.Any(glob => Planner.Matches(glob, cell));

    private bool IsShared(PlannedSandbox sandbox, PlannedTrial trial) => IsShared(_experiments[sandbox.Experiment], sandbox.Cell, trial.Warmup);

    private double[] Assign(int count)
    {
        var (loads, costs) = (new long[count], new double[count]);
        // Blocks in turn: each has every cell once. Where one experiment's turns ended the next one's begin, so that no part gets all the first ones.
        var turn = 0;
        foreach (var block in Own(timed: true).GroupBy(piece => (piece.Sandbox.Experiment, piece.Trials[0].Block)))
        {
            _blocks[block.Key] = turn + 1;
            Give(block, turn);
            turn = (turn + 1) % count;
        }

        // The longest first, to whoever has least.
        foreach (var userland in Own(timed: false).GroupBy(piece => piece.Sandbox.Cell.Userland).OrderByDescending(group => group.Sum(Load)).ThenBy(group => group.Key, StringComparer.Ordinal))
        {
            var least = Array.IndexOf(loads, loads.Min());
            _userlands[userland.Key] = least + 1;
            Give(userland, least);
        }

        var everywhere = _whole.Sandboxes.Where(sandbox => IsShared(sandbox, sandbox.Trials[0])).Sum(sandbox => Cost((sandbox, sandbox.Trials)));
        return [.. costs.Select(cost => cost + everywhere)];

        void Give(IEnumerable<(PlannedSandbox Sandbox, ImmutableArray<PlannedTrial> Trials)> pieces, int part)
        {
            foreach (var piece in pieces)
            {
                loads[part] += Load(piece);
                costs[part] += Cost(piece);
            }
        }
    }

    // A sandbox after the blocks has trials of many: it is cut.
    private IEnumerable<(PlannedSandbox Sandbox, ImmutableArray<PlannedTrial> Trials)> Own(bool timed) =>
        from sandbox in _whole.Sandboxes
        where _experiments[sandbox.Experiment].Timed == timed
        from piece in timed ? sandbox.Trials.GroupBy(trial => trial.Block).Select(block => block.ToImmutableArray()) : [sandbox.Trials]
        where !IsShared(sandbox, piece[0])
        select (sandbox, piece);

    // On this host, in seconds.
    private double Cost((PlannedSandbox Sandbox, ImmutableArray<PlannedTrial> Trials) piece) =>
        TypicalCost.Seconds(piece.Sandbox with { Trials = piece.Trials }, _experiments[piece.Sandbox.Experiment], _whole.Quick, _learnt);

    // What decides where a piece goes, the same on every host: without acceleration, where a part that has too much costs most. In whole milliseconds: their
    // sum is the same in whatever order a host lists them.
    private long Load((PlannedSandbox Sandbox, ImmutableArray<PlannedTrial> Trials) piece)
    {
        var cell = piece.Sandbox.Cell;
        return (long)Math.Round(1000 * Cost((piece.Sandbox with { Cell = cell with { Accelerator = cell.Accelerator.Length > 0 ? "tcg" : "" } }, piece.Trials)));
    }
}
