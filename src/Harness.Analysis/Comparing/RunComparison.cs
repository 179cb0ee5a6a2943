using Harness.Core;

namespace Harness.Analysis.Comparing;

/// <summary>What the user chose.</summary>
/// <param name="Matters">The least factor of time that matters, above 1.</param>
/// <param name="Across">Whether sides are compared although their conditions differ.</param>
public sealed record ComparisonOptions(double Matters, bool Across);

/// <summary>One side against the base.</summary>
public sealed record SideComparison
{
    /// <summary>The side.</summary>
    public required RunSide New { get; init; }

    /// <summary>In which conditions they differ.</summary>
    public required ImmutableArray<Unlike> Unlike { get; init; }

    /// <summary>What was planned and measured.</summary>
    public required CoverageComparison Coverage { get; init; }

    /// <summary>The verdicts that changed.</summary>
    public required ImmutableArray<VerdictChange> Verdicts { get; init; }

    /// <summary>How many claims and scopes both judge, where one of them has tested something.</summary>
    public required int VerdictsCompared { get; init; }

    /// <summary>The probing readings that differ.</summary>
    public required ReadingComparison Readings { get; init; }

    /// <summary>The files of images that differ.</summary>
    public required ImmutableArray<FileChange> Files { get; init; }

    /// <summary>The times.</summary>
    public required TimedComparison Times { get; init; }

    /// <summary>Whether there was anything that both have.</summary>
    public bool IsEmpty => Coverage.BothMeasured == 0 && Times.IsEmpty;
}

/// <summary>Runs side by side.</summary>
/// <param name="Base">What the others are compared with.</param>
/// <param name="Sides">The others, in the user's order.</param>
/// <param name="Spread">What is known of the spread between runs.</param>
/// <param name="Options">What the user chose.</param>
public sealed record RunComparison(RunSide Base, ImmutableArray<SideComparison> Sides, RunSpread Spread, ComparisonOptions Options)
{
    /// <summary>Timed experiments of the base that have nothing to compare: their SQL has no view <c>sample</c>.</summary>
    public ImmutableArray<string> WithoutSamples { get; init; } = [];

    /// <summary>Runs of the history that were not used, each with the reason.</summary>
    public ImmutableArray<string> Unused { get; init; } = [];

    /// <summary>Runs of the base that were not used, each with the reason.</summary>
    public ImmutableArray<string> BaseUnused { get; init; } = [];

    /// <summary>Whether the base has times, of however few blocks.</summary>
    public bool HasTimes { get; init; }

    /// <summary>Whether the base has tested a claim.</summary>
    public bool HasVerdicts { get; init; }

    /// <summary>Whether nothing could be compared.</summary>
    public bool IsEmpty => Sides.All(side => side.IsEmpty);

    /// <summary>Compares.</summary>
    /// <param name="before">The base.</param>
    /// <param name="others">The others.</param>
    /// <param name="history">Runs of the base's kind, between which nothing changed; null where there are none.</param>
    /// <param name="options">What the user chose.</param>
    /// <param name="doubted">A side of another comparison that says nothing of what is usual either: of a run and the one that confirms it, the other one. Null where there is none.</param>
    /// <param name="interruption">Ends it.</param>
    /// <exception cref="HarnessException">Sides are unlike, and the user did not allow it; or a run's SQL is wrong.</exception>
    public static RunComparison Of(RunSide before, ImmutableArray<RunSide> others, RunSide? history, ComparisonOptions options, RunSide? doubted = null, CancellationToken interruption = default)
    {
        // A run that lies among those that it is compared with would hide what it changed: as a part of the base, and as a part of what is usual.
        var doubt = doubted is null ? others : others.Add(doubted);
        var (own, itself) = before.Without(doubt);
        (before, itself) = own.IsEmpty ? (before, []) : (before with { Runs = own }, itself);
        var (usual, doubtful) = history?.Without(doubt) ?? ([], []);
        var timed = before.Runs.SelectMany(run => run.Plan.Experiments.Where(id => run.Definitions.Find(id).Timed)).Distinct(StringComparer.Ordinal).ToImmutableArray();
        var kinds = usual.ToLookup(run => Comparing.Unlike.IsSameKind(run, before.Newest));
        var used = kinds[true].ToImmutableArray();
        var hosts = used.SelectMany(run => run.Hosts).Select(host => host.HostId).Distinct(StringComparer.Ordinal).Count();
        // Hosts stand for each other where they are of one kind and the history says how far such hosts are apart: not because one run is merged of several.
        var known = hosts > 1 && used.Length >= RunSpread.Least && Comparing.Unlike.AreOfOneKind([.. used, .. before.Runs]);
        var unlike = others.Select(side => Comparing.Unlike.Of(before, side, hostsKnown: known)).ToImmutableArray();
        Refuse(before, others, unlike, options);

        // A run that is named twice, as the base and as one of the history, is read once.
        var read = new Dictionary<string, ImmutableArray<RunUnit>>(StringComparer.Ordinal);
        var baseUnits = Units(before);
        var otherUnits = others.Select(Units).ToImmutableArray();
        var spread = RunSpread.Learn(Groups());
        var verdicts = others.Select(side => VerdictChange.Of(before, side, interruption)).ToImmutableArray();
        var times = TimedComparison.Correct([.. otherUnits.Select((units, i) => TimedComparison.Of(baseUnits, units, spread, Pools(others[i])))], options.Matters);
        return new RunComparison(
            before,
            [
                .. others.Select((side, i) => new SideComparison
                {
                    New = side,
                    Unlike = unlike[i],
                    Coverage = CoverageComparison.Of(before, side),
                    Verdicts = verdicts[i].Changes,
                    VerdictsCompared = verdicts[i].Compared,
                    Readings = ReadingComparison.Of(before, side, interruption),
                    Files = FileChange.Of(before, side),
                    Times = times[i],
                }),
            ],
            spread, options)
        {
            HasTimes = baseUnits.Any(unit => !unit.Levels.IsEmpty),
            HasVerdicts = verdicts.Any(side => side.BaseTested),
            WithoutSamples = [.. timed.Where(id => baseUnits.All(unit => unit.Levels.Keys.All(key => key.Experiment != id)))],
            BaseUnused = itself,
            Unused = [.. doubtful, .. kinds[false].Select(run => $"{run.Folder.RunId}: was run under other conditions than {before.Newest.Folder.RunId}")],
        };

        bool Pools(RunSide side) => known && Comparing.Unlike.AreOfOneKind([before.Newest, .. side.Runs]);

        ImmutableArray<RunUnit> Units(RunSide side) => [.. side.Runs.SelectMany(run => Of(run))];

        ImmutableArray<RunUnit> Of(ComparedRun run)
        {
            if (!read.TryGetValue(run.Folder.Root, out var units))
            {
                read.Add(run.Folder.Root, units = RunUnit.Read(run, timed, interruption));
            }

            return units;
        }

        // The sides' own runs tell as well how far runs of one side are apart, where there are several; none is counted twice.
        IEnumerable<ImmutableArray<RunUnit>> Groups()
        {
            var counted = used.Select(run => run.Folder.Root).ToHashSet(StringComparer.Ordinal);
            return new[] { Apart(used, known) }.Concat(others.Prepend(before).Select(side => Apart(side.Runs.Where(run => counted.Add(run.Folder.Root)), Pools(side)))).SelectMany(group => group);
        }

        // Between two hosts there is more than what runs differ by.
        IEnumerable<ImmutableArray<RunUnit>> Apart(IEnumerable<ComparedRun> runs, bool pools) =>
            runs.SelectMany(run => Of(run)).GroupBy(unit => pools ? "" : unit.HostId, StringComparer.Ordinal).Select(host => host.ToImmutableArray());
    }

    private static void Refuse(RunSide before, ImmutableArray<RunSide> others, ImmutableArray<ImmutableArray<Unlike>> unlike, ComparisonOptions options)
    {
        if (options.Across)
        {
            return;
        }

        foreach (var (side, differences) in others.Zip(unlike))
        {
            if (differences.Where(difference => difference.Refuses).ToImmutableArray() is { IsEmpty: false } refused)
            {
                throw new HarnessException(string.Join('\n',
                [
                    $"{before.Name} and {side.Name} were run under conditions that differ; compare them nonetheless with --across:",
                    .. refused.Select(difference => $"  {difference.What}: {Core.Running.ShownText.OneLine(difference.Base)} → {Core.Running.ShownText.OneLine(difference.New)}"),
                ]));
            }
        }
    }
}
