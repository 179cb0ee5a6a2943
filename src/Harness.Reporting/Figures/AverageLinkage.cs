namespace Harness.Reporting.Figures;

/// <summary>Two groups that were joined.</summary>
/// <param name="From">The position of the first row of both, in <see cref="Clustering.Order"/>.</param>
/// <param name="Left">The middle of the first group, as a position; halves are between rows.</param>
/// <param name="Right">The middle of the second.</param>
/// <param name="LeftHeight">The distance at which the first group was joined itself; 0 for a single row.</param>
/// <param name="RightHeight">The same of the second.</param>
/// <param name="Height">The mean distance between the two.</param>
internal sealed record Join(int From, double Left, double Right, double LeftHeight, double RightHeight, double Height);

/// <summary>Rows in an order in which similar ones stand together, and how they were joined, nearest first.</summary>
internal sealed record Clustering(ImmutableArray<int> Order, ImmutableArray<Join> Joins);

/// <summary>
/// Hierarchical clustering by average linkage (UPGMA): the two groups with the smallest mean distance are joined, until one is left.
/// Ties go to the groups that come first, so that the same distances give the same order everywhere.
/// </summary>
internal static class AverageLinkage
{
    /// <summary>Clusters rows by a symmetric matrix of distances.</summary>
    public static Clustering Of(double[][] distances)
    {
        var groups = Enumerable.Range(0, distances.Length).Select(row => new Group([row], 0, null, null)).ToList();
        var between = distances.Select(row => row.ToArray()).ToArray();
        var slots = Enumerable.Range(0, groups.Count).ToList();
        while (slots.Count > 1)
        {
            var (first, second) = Nearest(slots, between);
            var joined = Group.Of(groups[first], groups[second], between[first][second], distances);
            foreach (var other in slots.Where(slot => slot != first && slot != second))
            {
                // The mean over all pairs of rows: of the two old means, each weighs as much as its group has rows.
                var mean = ((between[first][other] * groups[first].Rows.Length) + (between[second][other] * groups[second].Rows.Length)) / joined.Rows.Length;
                (between[first][other], between[other][first]) = (mean, mean);
            }

            groups[first] = joined;
            slots.Remove(second);
        }

        return groups.Count == 0 ? new Clustering([], []) : new Clustering(groups[slots[0]].Rows, Joins(groups[slots[0]]));
    }

    private static (int First, int Second) Nearest(List<int> slots, double[][] between)
    {
        var nearest = (First: slots[0], Second: slots[1]);
        for (var i = 0; i < slots.Count; i++)
        {
            for (var j = i + 1; j < slots.Count; j++)
            {
                if (between[slots[i]][slots[j]] < between[nearest.First][nearest.Second])
                    nearest = (slots[i], slots[j]);
            }
        }

        return nearest;
    }

    private static ImmutableArray<Join> Joins(Group root)
    {
        var joins = ImmutableArray.CreateBuilder<Join>();
        Add(root, 0);
        return [.. joins.OrderBy(join => join.Height).ThenBy(join => join.From)];

        // The middle of a group: half way between the middles of its parts.
        double Add(Group group, int from)
        {
            if (group.Left is not { } left || group.Right is not { } right)
                return from;
            var (first, second) = (Add(left, from), Add(right, from + left.Rows.Length));
            joins.Add(new Join(from, first, second, left.Height, right.Height, group.Height));
            return (first + second) / 2;
        }
    }

    private sealed record Group(ImmutableArray<int> Rows, double Height, Group? Left, Group? Right)
    {
        /// <summary>Of the four ways to put two groups side by side, the one whose touching rows are nearest; the first of equals.</summary>
        public static Group Of(Group a, Group b, double height, double[][] distances)
        {
            var ways = new[] { (a, b), (a, b.Turned()), (a.Turned(), b), (a.Turned(), b.Turned()) };
            var (left, right) = ways.MinBy(way => distances[way.Item1.Rows[^1]][way.Item2.Rows[0]]);
            return new Group([.. left.Rows, .. right.Rows], height, left, right);
        }

        private Group Turned() => Left is null || Right is null ? this : new Group([.. Rows.Reverse()], Height, Right.Turned(), Left.Turned());
    }
}
