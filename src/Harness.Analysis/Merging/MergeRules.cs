using System.Globalization;
using Harness.Core;
using Harness.Core.Journaling;
using Harness.Core.Sharding;

namespace Harness.Analysis.Merging;

/// <summary>What forbids that runs become one. Every refusal names the runs and the remedy.</summary>
internal static class MergeRules
{
    /// <summary>Checks that runs are parts of one plan, made by one program from one set of definitions.</summary>
    /// <returns>The parts, each once.</returns>
    /// <exception cref="HarnessException">They are not.</exception>
    internal static ImmutableArray<MergePart> Check(ImmutableArray<MergePart> parts)
    {
        var first = parts[0];
        foreach (var other in parts.Skip(1))
        {
            if (first.Shard.Plan != other.Shard.Plan && (first.Engines, other.Engines) is ({ } its, { } others) && its != others)
                throw new HarnessException($"{other.Folder.Root}: is of a plan for {others}, and {first.Folder.Root} of one for {its}, which has other cells: run all parts with the same names of --engine, or all with one kind of engine");
            Same("another plan", part => part.Shard.Plan, "run all parts with the same experiments, options and --seed");
            Same("a plan cut into another number of parts", part => Number(part.Shard.Count), "run all parts with the same N of --shard I/N");
            Same("another seed", part => part.Plan.Seed.ToString(CultureInfo.InvariantCulture), "run all parts with the same --seed");
            Same("a plan of other experiments", part => string.Join(' ', part.Plan.Experiments), "run all parts with the same experiments");
            Same("another time limit", part => part.Plan.TimeoutMs?.ToString("R", CultureInfo.InvariantCulture) ?? "", "run all parts with the same --timeout");
            Same("another version of the program", part => part.Plan.ToolVersion, "run all parts with one version");
            Same("other definitions", part => part.Definitions, "run all parts from one checkout, with the same --costs if any");

            void Same(string what, Func<MergePart, string> of, string remedy)
            {
                if (of(first) != of(other))
                    throw new HarnessException($"{other.Folder.Root}: is of {what} than {first.Folder.Root}: {remedy}");
            }
        }

        return Once(parts);
    }

    /// <summary>The parts that are missing.</summary>
    internal static ImmutableArray<int> Missing(ImmutableArray<MergePart> parts)
    {
        var there = parts.SelectMany(part => part.Shard.Parts).Select(part => part.Index).ToHashSet();
        return [.. Enumerable.Range(1, parts[0].Shard.Count).Where(index => !there.Contains(index))];
    }

    /// <summary>Checks that parts, of which none is missing, are together what was cut.</summary>
    /// <exception cref="HarnessException">They are not.</exception>
    internal static void RequireWhole(ImmutableArray<MergePart> parts)
    {
        // What an earlier version wrote has another hash.
        if (parts[0].Shard.Engines is { } named && ShardedPlan.Fingerprint(parts.SelectMany(part => part.Trials), named) != parts[0].Shard.Plan)
            throw new HarnessException($"{parts[0].Folder.Root}: all {Number(parts[0].Shard.Count)} parts are there, and together they are not the plan that they are parts of: their hosts cut it differently; run all parts again with one version of the program, and report this");
    }

    /// <summary>Checks that every trial of every part has its row.</summary>
    /// <exception cref="HarnessException">One has not.</exception>
    internal static void RequireFinished(ImmutableArray<MergePart> parts, MergedRows rows)
    {
        // A part itself before a run that was merged from it: it can be continued.
        foreach (var part in parts.OrderBy(part => part.Shard.Parts.Length))
        {
            if (part.Plan.Trials.Count(row => !rows.Has(row.TrialId)) is > 0 and var open)
                throw new HarnessException($"{part.Folder.Root}: {Number(open)} trials were not run: {(part.Shard.Parts.Length == 1 ? "continue it with --resume where it ran" : "continue the part that lacks them with --resume where it ran, and name its folder too")}, or merge with --allow-missing");
        }
    }

    // The same part again is nothing new, but may have come further; another run of it is a contradiction.
    private static ImmutableArray<MergePart> Once(ImmutableArray<MergePart> parts)
    {
        var known = new Dictionary<int, PlannedPart>();
        foreach (var part in parts.OrderByDescending(part => part.Shard.Parts.Length).ThenBy(part => part.Shard.Parts[0].Index))
        {
            foreach (var one in part.Shard.Parts)
            {
                if (known.TryAdd(one.Index, one) || known[one.Index] is var other && other == one)
                    continue;
                var runs = other.RunId == one.RunId ? $"two runs named {one.RunId}" : $"{one.RunId} and as {other.RunId}";
                throw new HarnessException($"{part.Folder.Root}: part {Number(one.Index)} of {Number(part.Shard.Count)} is there twice, as {runs}: leave one out");
            }
        }

        return [.. parts.OrderBy(part => part.Shard.Parts[0].Index)];
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
