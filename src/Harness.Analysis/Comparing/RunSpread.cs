namespace Harness.Analysis.Comparing;

/// <summary>How far two runs of one cell are apart although nothing changed: variances of a run's level, on the scale of logarithms.</summary>
/// <param name="Own">Of the cell alone, without what all cells of a run share.</param>
/// <param name="Whole">With it.</param>
/// <param name="Freedom">Degrees of freedom that both are known with; infinite where they are assumed.</param>
/// <param name="Blocks">Blocks that the runs had which it was learnt from; null where it is assumed: then what a run's own blocks show comes on top.</param>
public sealed record Spread(double Own, double Whole, double Freedom, double? Blocks)
{
    /// <summary>The variance of a run's level.</summary>
    internal double Of(RunLevel level, bool whole)
    {
        var between = whole ? Whole : Own;
        // Fewer blocks than the history's make a level less sure, by no more than this: part of the spread is the run's and stays.
        return Blocks is { } blocks ? Math.Max(between * Math.Max(1, blocks / level.Blocks), level.Within ?? 0) : between + (level.Within ?? 0);
    }
}

/// <summary>
/// The spread between runs. Blocks of one run cannot show it: an interval that is made of them alone holds for that run, and two runs of the same
/// program then differ "significantly" again and again. It is learnt from runs of one kind, or assumed.
/// </summary>
public sealed class RunSpread
{
    /// <summary>What is assumed where nothing was learnt: runs of one cell differ by a tenth (one standard deviation), and all cells of a run together by another.</summary>
    public const double Assumed = 1.1;

    /// <summary>Runs of one kind that it takes to learn from.</summary>
    public const int Least = 5;

    // With as many degrees of freedom the typical cell's spread counts beside a cell's own, where that looks smaller.
    private const double Typical = Least - 1;

    private static readonly Spread _assumed = new(Square(Math.Log(Assumed)), 2 * Square(Math.Log(Assumed)), double.PositiveInfinity, null);

    private readonly ImmutableDictionary<TimedKey, Spread> _learnt;
    private readonly Spread _otherwise;

    private RunSpread(ImmutableDictionary<TimedKey, Spread> learnt, Spread otherwise, int runs, int hosts) => (_learnt, _otherwise, Runs, Hosts) = (learnt, otherwise, runs, hosts);

    /// <summary>Nothing is known.</summary>
    public static RunSpread Unknown { get; } = new(ImmutableDictionary<TimedKey, Spread>.Empty, _assumed, 0, 0);

    /// <summary>Runs do not differ but by their blocks, which is wrong: benchmarks show what it leads to.</summary>
    public static RunSpread BlocksAlone { get; } = new(ImmutableDictionary<TimedKey, Spread>.Empty, new Spread(0, 0, double.PositiveInfinity, null), 0, 0);

    /// <summary>Runs that it was learnt from.</summary>
    public int Runs { get; }

    /// <summary>Hosts that they ran on: of several, the spread has in it how these hosts differ.</summary>
    public int Hosts { get; }

    /// <summary>Whether it was learnt.</summary>
    public bool IsLearnt => !_learnt.IsEmpty;

    /// <summary>Of a key.</summary>
    public Spread Of(TimedKey key) => _learnt.GetValueOrDefault(key) ?? _otherwise;

    /// <summary>Whether the key's spread was learnt.</summary>
    public bool Knows(TimedKey key) => _learnt.ContainsKey(key);

    /// <summary>Learns it from groups of runs between which nothing changed; of a group with one run there is nothing to learn.</summary>
    public static RunSpread Learn(IEnumerable<ImmutableArray<RunUnit>> groups)
    {
        var sums = new Dictionary<TimedKey, Sum>();
        var used = new List<RunUnit>();
        foreach (var group in groups.Where(group => group.Length > 1))
        {
            used.AddRange(group);
            Add(sums, group);
        }

        var known = sums.Where(sum => sum.Value.Freedom >= Least - 1).ToImmutableDictionary();
        if (known.IsEmpty)
        {
            return Unknown;
        }

        var (own, whole) = (Median(known.Values.Select(sum => sum.Own / sum.Freedom)), Median(known.Values.Select(sum => sum.Whole / sum.Freedom)));
        return new RunSpread(
            known.ToImmutableDictionary(sum => sum.Key, sum => sum.Value.Spread(own, whole)), _assumed,
            used.Select(unit => unit.RunId).Distinct(StringComparer.Ordinal).Count(), used.Select(unit => unit.HostId).Distinct(StringComparer.Ordinal).Count());
    }

    private static void Add(Dictionary<TimedKey, Sum> sums, ImmutableArray<RunUnit> group)
    {
        var keys = group.SelectMany(unit => unit.Levels.Keys).GroupBy(key => key).Where(key => key.Count() > 1).Select(key => key.Key).ToImmutableArray();
        var typical = keys.ToDictionary(key => key, key => Median(group.Where(unit => unit.Levels.ContainsKey(key)).Select(unit => unit.Levels[key].Log)));
        var shifts = group.Select(unit => SharedShift.Median(keys.Where(unit.Levels.ContainsKey).Select(key => (key.Cell, unit.Levels[key].Log - typical[key])))).ToImmutableArray();
        foreach (var key in keys)
        {
            var there = group.Select((unit, i) => (Level: unit.Levels.GetValueOrDefault(key), Shift: shifts[i])).Where(unit => unit.Level is not null).ToImmutableArray();
            sums[key] = sums.GetValueOrDefault(key) + new Sum(
                SquaresAround([.. there.Select(unit => unit.Level!.Log - unit.Shift)]), SquaresAround([.. there.Select(unit => unit.Level!.Log)]),
                there.Length - 1, there.Sum(unit => unit.Level!.Blocks), there.Length);
        }
    }

    private static double SquaresAround(ImmutableArray<double> values)
    {
        var mean = values.Average();
        return values.Sum(value => Square(value - mean));
    }

    private static double Median(IEnumerable<double> values) => RunLevel.Middle([.. values.Order()]);

    private static double Square(double x) => x * x;

    private readonly record struct Sum(double Own, double Whole, double Freedom, int Blocks, int Units)
    {
        public static Sum operator +(Sum a, Sum b) => new(a.Own + b.Own, a.Whole + b.Whole, a.Freedom + b.Freedom, a.Blocks + b.Blocks, a.Units + b.Units);

        // A cell that looks quieter than the typical one may have been lucky in few runs: it is drawn towards that one. A cell that looks noisier
        // keeps its own spread, and no more degrees of freedom than it has.
        public Spread Spread(double own, double whole) => Own / Freedom >= own
            ? new Spread(Own / Freedom, Math.Max(Whole, Own) / Freedom, Freedom, Blocks / (double)Units)
            : new Spread(Towards(Own, own), Math.Max(Towards(Own, own), Towards(Whole, whole)), Freedom + Typical, Blocks / (double)Units);

        private double Towards(double sum, double typical) => (sum + (Typical * typical)) / (Freedom + Typical);
    }
}
