using System.Globalization;
using Harness.Analysis.Judging;
using Harness.Core;

namespace Harness.Reporting.Figures;

/// <summary>Shares between every two of some names, the names in an order in which similar ones stand together.</summary>
/// <param name="Names">As the query gives them.</param>
/// <param name="Shares">0 to 1, symmetric; null where the query says nothing.</param>
/// <param name="Joins">How the names were clustered; none where they are grouped.</param>
internal sealed record SimilarityData(ImmutableArray<string> Names, ImmutableArray<ImmutableArray<double?>> Shares, ImmutableArray<Join> Joins)
{
    /// <summary>Groups of names that stand together, in order, with how many each has; none where the names are clustered.</summary>
    public ImmutableArray<(string Name, int Count)> Groups { get; init; } = [];

    /// <summary>Up to that many names are clustered; more are grouped where the query says by what, for the joins of many cannot be followed.</summary>
    internal const int MostClustered = 30;

    /// <summary>Beyond this a row of cells is thinner than a name can be read.</summary>
    private const int Most = 120;

    private static readonly ImmutableArray<string> Required = ["row", "column", "share"];

    /// <summary>
    /// Reads the table's columns <c>row, column, share</c>; of a pair, one direction is enough. Where there is a column <c>group</c>, it is the row's, and
    /// groups and the names within them keep the order in which rows first name them.
    /// </summary>
    /// <exception cref="HarnessException">A column is missing, a share is none, a pair has two different ones, or there are too many names.</exception>
    public static SimilarityData Read(Table table)
    {
        var missing = Required.Where(column => table.IndexOf(column) < 0).ToList();
        if (missing.Count > 0)
            throw new HarnessException($"a similarity figure needs the columns {string.Join(", ", Required)}; its query lacks {string.Join(", ", missing)}: add them to the figure's sql");

        var shares = new Dictionary<(string, string), double>();
        var names = new List<string>();
        var groups = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var row in table.Rows)
        {
            string Value(string column) => FigureText.Printable(row[table.IndexOf(column)]);
            var (a, b, share) = (Value("row"), Value("column"), Share(Value("share")));
            names.AddRange([a, b]);
            if (table.IndexOf("group") >= 0)
                groups.TryAdd(a, Value("group"));
            Add((a, b), share);
            Add((b, a), share);
        }

        var sorted = names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToImmutableArray();
        return sorted.Length <= Most
            ? groups.Count == 0 || sorted.Length <= MostClustered ? Ordered(sorted, shares) : Grouped(sorted, groups, shares)
            : throw new FigureTooLargeException("similarity", $"{Most} rows", $"{sorted.Length}");

        void Add((string A, string B) pair, double share)
        {
            if (!shares.TryAdd(pair, share) && shares[pair] != share)
                throw new HarnessException($"a similarity figure has one share per pair; its query gives '{pair.A}' and '{pair.B}' two: group by both in the figure's sql");
        }
    }

    private static SimilarityData Grouped(ImmutableArray<string> names, Dictionary<string, string> groups, Dictionary<(string, string), double> shares)
    {
        // A name that is no row has no group, and stands last.
        var together = groups.GroupBy(pair => pair.Value, pair => pair.Key).ToDictionary(group => group.Key, group => group.ToList(), StringComparer.Ordinal);
        var rest = names.Where(name => !groups.ContainsKey(name)).ToList();
        if (rest.Count > 0)
            together.TryAdd("", rest);
        ImmutableArray<string> ordered = [.. groups.Values.Append("").Distinct().Where(together.ContainsKey).SelectMany(group => together[group])];
        return new SimilarityData(
            ordered, [.. ordered.Select(a => ordered.Select(b => shares.TryGetValue((a, b), out var share) ? share : (double?)null).ToImmutableArray())], [])
        {
            Groups = [.. groups.Values.Append("").Distinct().Where(together.ContainsKey).Select(group => (group, together[group].Count))],
        };
    }

    private static SimilarityData Ordered(ImmutableArray<string> names, Dictionary<(string, string), double> shares)
    {
        double? Of(string a, string b) => shares.TryGetValue((a, b), out var share) ? share : null;

        // A pair without a share is taken as unlike: it must stand somewhere.
        double[][] distances = [.. names.Select(a => names.Select(b => a == b ? 0 : 1 - (Of(a, b) ?? 0)).ToArray())];
        var clustering = AverageLinkage.Of(distances);
        ImmutableArray<string> ordered = [.. clustering.Order.Select(row => names[row])];
        return new SimilarityData(ordered, [.. ordered.Select(a => ordered.Select(b => Of(a, b)).ToImmutableArray())], clustering.Joins);
    }

    private static double Share(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var share) && share is >= 0 and <= 1
            ? share
            : throw new HarnessException($"a similarity figure's share is a number from 0 to 1, not '{text}'");
}
