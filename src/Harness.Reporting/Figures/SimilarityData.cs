using System.Globalization;
using Harness.Analysis.Judging;
using Harness.Core;

namespace Harness.Reporting.Figures;

/// <summary>Shares between every two of some names, the names in an order in which similar ones stand together.</summary>
/// <param name="Names">As the query gives them.</param>
/// <param name="Shares">0 to 1, symmetric; null where the query says nothing.</param>
/// <param name="Joins">How the names were clustered.</param>
internal sealed record SimilarityData(ImmutableArray<string> Names, ImmutableArray<ImmutableArray<double?>> Shares, ImmutableArray<Join> Joins)
{
    /// <summary>Beyond this a row of cells is thinner than a name can be read.</summary>
    private const int Most = 120;

    private static readonly ImmutableArray<string> Required = ["row", "column", "share"];

    /// <summary>Reads the table's columns <c>row, column, share</c>; of a pair, one direction is enough.</summary>
    /// <exception cref="HarnessException">A column is missing, a share is none, a pair has two different ones, or there are too many names.</exception>
    public static SimilarityData Read(Table table)
    {
        var missing = Required.Where(column => table.IndexOf(column) < 0).ToList();
        if (missing.Count > 0)
            throw new HarnessException($"a similarity figure needs the columns {string.Join(", ", Required)}; its query lacks {string.Join(", ", missing)}: add them to the figure's sql");

        var shares = new Dictionary<(string, string), double>();
        var names = new List<string>();
        foreach (var row in table.Rows)
        {
            string Value(string column) => FigureText.Printable(row[table.IndexOf(column)]);
            var (a, b, share) = (Value("row"), Value("column"), Share(Value("share")));
            names.AddRange([a, b]);
            Add((a, b), share);
            Add((b, a), share);
        }

        var sorted = names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToImmutableArray();
        return sorted.Length <= Most
            ? Ordered(sorted, shares)
            : throw new FigureTooLargeException("similarity", $"{Most} rows", $"{sorted.Length}");

        void Add((string A, string B) pair, double share)
        {
            if (!shares.TryAdd(pair, share) && shares[pair] != share)
                throw new HarnessException($"a similarity figure has one share a pair; its query gives '{pair.A}' and '{pair.B}' two: group by both in the figure's sql");
        }
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
