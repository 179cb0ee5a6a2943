namespace Harness.Analysis.Comparing;

/// <summary>What a cell's ratio is taken without, and so which spread it has.</summary>
internal enum Reference
{
    /// <summary>Nothing: it is the ratio as it was measured.</summary>
    None,

    /// <summary>What all cells share.</summary>
    Shift,

    /// <summary>As much of what the other cells share as the cell has been seen to go along with.</summary>
    Others,
}

/// <summary>How far two runs of one cell are apart although nothing changed: variances of a run's level, on the scale of logarithms.</summary>
/// <param name="Own">Of the cell against what all cells of its run share.</param>
/// <param name="Whole">Of the cell alone, with what all cells of a run share.</param>
/// <param name="Freedom">Degrees of freedom that all are known with; infinite where they are assumed.</param>
/// <param name="Blocks">Blocks that the runs had which it was learnt from; null where it was not learnt: then what a run's own blocks show comes on top.</param>
public sealed record Spread(double Own, double Whole, double Freedom, double? Blocks)
{
    /// <summary>How far the cell goes along with the other cells, from 0 to 1; null where it was not learnt.</summary>
    public double? Slope { get; init; }

    /// <summary>Of the cell against that part of the other cells' levels.</summary>
    public double Beside { get; init; }

    /// <summary>Of what the other cells share.</summary>
    public double Others { get; init; }

    /// <summary>The variance that the slope's own error adds, where the others moved by so much.</summary>
    internal double OfSlope(double others) => Slope is > 0 and < 1 ? others * others * Beside / (Others * (Freedom - CellHistory.Prior)) : 0;

    /// <summary>The variance of a run's level.</summary>
    internal double Of(RunLevel level, Reference reference)
    {
        var between = reference switch { Reference.None => Whole, Reference.Shift => Own, _ => Beside };
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
    /// <summary>What is assumed where nothing was learnt: runs of one cell differ by a tenth (one standard deviation), and all cells of a run together by another; by more where <see cref="For"/> says so.</summary>
    public const double Assumed = 1.1;

    /// <summary>Runs of one kind that it takes to learn from.</summary>
    public const int Least = 5;

    /// <summary>
    /// What the assumed variance of a cell grows by since the cell is held against the median of at least two others: that of a mean of two is half of one cell's.
    /// </summary>
    public const double WithOthers = 1.5;

    private readonly ImmutableDictionary<TimedKey, Spread> _learnt;
    private readonly Spread _otherwise;
    private readonly bool _assumes;

    private RunSpread(ImmutableDictionary<TimedKey, Spread> learnt, Spread otherwise, bool assumes) => (_learnt, _otherwise, _assumes) = (learnt, otherwise, assumes);

    /// <summary>Nothing is known.</summary>
    public static RunSpread Unknown { get; } = Assume(0);

    /// <summary>Runs do not differ but by their blocks, which is wrong: benchmarks show what it leads to.</summary>
    public static RunSpread BlocksAlone { get; } = new(ImmutableDictionary<TimedKey, Spread>.Empty, new Spread(0, 0, double.PositiveInfinity, null), assumes: false);

    /// <summary>Variance of what all cells of a run share.</summary>
    internal double Shared { get; private init; }

    /// <summary>Degrees of freedom that <see cref="Shared"/> is known with.</summary>
    internal double SharedFreedom { get; private init; } = double.PositiveInfinity;

    /// <summary>Runs that it was learnt from.</summary>
    public int Runs { get; private init; }

    /// <summary>Hosts that they ran on: of several, the spread has in it how these hosts differ only where they stand for each other.</summary>
    public int Hosts { get; private init; }

    /// <summary>Whether it was learnt.</summary>
    public bool IsLearnt => !_learnt.IsEmpty;

    /// <summary>Of a key.</summary>
    public Spread Of(TimedKey key) => _learnt.GetValueOrDefault(key) ?? _otherwise;

    /// <summary>Whether the key's spread was learnt.</summary>
    public bool Knows(TimedKey key) => _learnt.ContainsKey(key);

    /// <summary>
    /// The same, where nothing was learnt of a key, with runs that differ by no less than single blocks of these keys do. On a host whose blocks are far apart,
    /// runs are too.
    /// </summary>
    internal RunSpread For(IEnumerable<RunUnit> units)
    {
        ImmutableArray<double> blocks = [.. _assumes
            ? units.SelectMany(unit => unit.Levels).Where(level => !Knows(level.Key)).Select(level => level.Value.Within * level.Value.Blocks / RunLevel.Loss).OfType<double>()
            : []];
        return blocks.IsEmpty ? this
            : !IsLearnt ? Assume(Median(blocks))
            : new RunSpread(_learnt, Assume(Median(blocks))._otherwise, assumes: true) { Runs = Runs, Hosts = Hosts, Shared = Shared, SharedFreedom = SharedFreedom };
    }

    /// <summary>Learns it from groups of runs between which nothing changed, the host neither unless hosts stand for each other; of a group with one run there is nothing to learn.</summary>
    public static RunSpread Learn(IEnumerable<ImmutableArray<RunUnit>> groups)
    {
        var groupsOf = new Dictionary<TimedKey, List<ImmutableArray<CellRun>>>();
        var used = new List<RunUnit>();
        var shared = (Squares: 0.0, Freedom: 0);
        foreach (var group in groups.Where(group => group.Length > 1))
        {
            used.AddRange(group);
            shared = (shared.Squares + Add(groupsOf, group), shared.Freedom + group.Length - 1);
        }

        var known = groupsOf.Select(key => (key.Key, History: new CellHistory([.. key.Value]))).Where(key => key.History.Freedom >= Least - 1).ToImmutableArray();
        if (known.IsEmpty)
        {
            return Unknown;
        }

        var typical = TypicalSpread.Of([.. known.Select(key => key.History)]);
        return new RunSpread(known.ToImmutableDictionary(key => key.Key, key => key.History.Spread(typical)), Unknown._otherwise, assumes: true)
        {
            Runs = used.Select(unit => (unit.Folder, unit.RunId)).Distinct().Count(),
            Hosts = used.Select(unit => unit.HostId).Distinct(StringComparer.Ordinal).Count(),
            Shared = shared.Squares / shared.Freedom,
            SharedFreedom = shared.Freedom,
        };
    }

    private static RunSpread Assume(double blocks)
    {
        var variance = Math.Max(Square(Math.Log(Assumed)), blocks);
        return new RunSpread(ImmutableDictionary<TimedKey, Spread>.Empty, new Spread(WithOthers * variance, 2 * variance, double.PositiveInfinity, null), assumes: true) { Shared = 2 * variance };
    }

    // Adds each key's runs, and tells the squares of what all cells share, around their mean.
    private static double Add(Dictionary<TimedKey, List<ImmutableArray<CellRun>>> groupsOf, ImmutableArray<RunUnit> group)
    {
        var keys = group.SelectMany(unit => unit.Levels.Keys).GroupBy(key => key).Where(key => key.Count() > 1).Select(key => key.Key).ToImmutableArray();
        var typical = keys.ToDictionary(key => key, key => Median(group.Where(unit => unit.Levels.ContainsKey(key)).Select(unit => unit.Levels[key].Log)));
        var shifts = group.Select(unit => SharedShift.Of(keys.Where(unit.Levels.ContainsKey).Select(key => (key.Cell, unit.Levels[key].Log - typical[key])))).ToImmutableArray();
        foreach (var key in keys)
        {
            if (!groupsOf.TryGetValue(key, out var groups))
            {
                groupsOf.Add(key, groups = []);
            }

            groups.Add([.. group.Select((unit, i) => (Level: unit.Levels.GetValueOrDefault(key), Shift: shifts[i])).Where(unit => unit.Level is not null)
                .Select(unit => new CellRun(unit.Level!, unit.Shift.Beside(key.Cell), unit.Shift.Others(key.Cell)))]);
        }

        return CellHistory.SquaresAround([.. shifts.Select(shift => shift.OfAll)]);
    }

    private static double Median(IEnumerable<double> values) => RunLevel.Middle([.. values.Order()]);

    private static double Square(double x) => x * x;
}
