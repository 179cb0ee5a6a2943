using System.Globalization;
using ScottPlot;
using SkiaSharp;

namespace Harness.Reporting.Figures;

/// <summary>
/// How much every two of some things share: a square of cells, darker for more, the number in each where it fits, rows and columns in the
/// order of a hierarchical clustering whose joins stand beside it. Columns of the query: <c>row, column, share</c>, and optionally <c>group</c>: more
/// rows than joins can be followed for then stand by their groups instead.
/// </summary>
public sealed class SimilarityFigure : IFigureKind
{
    private const float CellGap = 1;

    /// <inheritdoc/>
    public string Id => "similarity";

    /// <inheritdoc/>
    public FigureImages Draw(FigureInput input)
    {
        var data = SimilarityData.Read(input.Table);
        if (data.Names.IsEmpty)
            return FigurePage.Nothing(input);

        var layout = SimilarityLayout.Of(data);
        return FigurePage.Render(input, new FigureBody(layout.Height, Describe(data), (canvas, area) =>
        {
            using var plot = new PixelPlot(area);
            AddLegend(plot, layout);
            AddNames(plot, layout);
            AddGroups(plot, data, layout);
            AddCells(plot, data, layout);
            AddJoins(plot, data, layout);
            plot.Render(canvas);
        }));
    }

    private static void AddLegend(PixelPlot plot, SimilarityLayout layout)
    {
        const float width = 220, height = 10;
        const int steps = 44;
        var small = new TextLook(10.5f, Palette.Muted);
        for (var i = 0; i < steps; i++)
            plot.Fill(layout.Left + (i * width / steps), 0, (width / steps) + 0.3f, height, Palette.Sequential((i + 0.5) / steps));
        foreach (var percent in new[] { 0, 25, 50, 75, 100 })
        {
            var text = percent == 100 ? "100 %" : percent.ToString(CultureInfo.InvariantCulture);
            plot.Text([text], layout.Left + (percent / 100f * width), height + 10, 0, small with { Anchor = percent == 0 ? TextAnchor.Start : TextAnchor.Middle });
        }
    }

    private static void AddNames(PixelPlot plot, SimilarityLayout layout)
    {
        for (var i = 0; i < layout.Names.Length; i++)
        {
            plot.Text([layout.Names[i]], layout.Left - 8, layout.Y(i) + (layout.RowHeight / 2), 0, new TextLook(layout.RowText, Palette.Ink) { Anchor = TextAnchor.End });
            if (!layout.HasColumnNames)
                continue;
            var x = layout.X(i) + (layout.Width / 2);
            var look = new TextLook(layout.ColumnText, Palette.Ink);
            if (layout.IsUpright)
                plot.Text([layout.Names[i]], x, layout.Top - 6, 0, look with { IsUpright = true });
            else
                plot.Text([layout.Names[i]], x, layout.Top - 6 - (layout.ColumnText / 2), 0, look with { Anchor = TextAnchor.Middle });
        }
    }

    // Beside the rows and, where columns have no names of their own, above them; a name that would touch the one before moves on a little.
    private static void AddGroups(PixelPlot plot, SimilarityData data, SimilarityLayout layout)
    {
        const float line = SimilarityLayout.GroupText + 1;
        var look = new TextLook(SimilarityLayout.GroupText, Palette.Ink, Bold: true);
        float below = float.MinValue, beside = float.MinValue;
        for (var i = 0; i < data.Groups.Length; i++)
        {
            var (name, count) = data.Groups[i];
            var (first, last) = (layout.Starts[i], layout.Starts[i] + count - 1);
            using var font = FigureFonts.Create(SimilarityLayout.GroupText, bold: true);
            var middle = Math.Max((layout.Y(first) + layout.Y(last) + layout.RowHeight) / 2, below + line);
            var lines = FigureText.Wrap(name, font, FigurePage.BodyWidth - layout.Right - 8, 2);
            plot.Text(lines, layout.Right + 8, middle - ((lines.Length - 1) * line / 2), line, look);
            plot.Fill(layout.Right + 3, layout.Y(first), 1, layout.Y(last) + layout.RowHeight - layout.Y(first) - CellGap, Palette.Muted);
            below = middle + ((lines.Length - 1) * line);
            if (layout.HasColumnNames)
                continue;
            var x = Math.Max((layout.X(first) + layout.X(last) + layout.Width) / 2, beside + line);
            plot.Text([FigureText.Drawable(name)], x, layout.Top - 8, 0, look with { IsUpright = true });
            plot.Fill(layout.X(first), layout.Top - 4, layout.X(last) + layout.Width - layout.X(first) - CellGap, 1, Palette.Muted);
            beside = x;
        }
    }

    private static void AddCells(PixelPlot plot, SimilarityData data, SimilarityLayout layout)
    {
        for (var i = 0; i < layout.Names.Length; i++)
        {
            for (var j = 0; j < layout.Names.Length; j++)
            {
                var (x, y) = (layout.X(j), layout.Y(i));
                if (data.Shares[i][j] is not { } share)
                {
                    plot.Fill(x, y + (layout.RowHeight / 2) - 0.5f, layout.Width - CellGap, 1, Palette.Faint);
                    continue;
                }

                var color = Palette.Sequential(share);
                plot.Fill(x, y, layout.Width - CellGap, layout.RowHeight - CellGap, color);
                if (layout.NumberText > 0)
                {
                    // Not the ink of other texts: between dark and light, only black has contrast enough.
                    var look = new TextLook(layout.NumberText, Palette.TextOn(color)) { Anchor = TextAnchor.Middle };
                    plot.Text([Whole(share)], x + ((layout.Width - CellGap) / 2), y + ((layout.RowHeight - CellGap) / 2), 0, look);
                }
            }
        }
    }

    private static void AddJoins(PixelPlot plot, SimilarityData data, SimilarityLayout layout)
    {
        const float line = 1;
        var from = layout.Right + 4;
        float X(double height) => from + (float)(height * (SimilarityLayout.TreeWidth - 6));
        float Y(double position) => layout.Top + ((float)(position + 0.5) * layout.RowHeight) - (line / 2);
        foreach (var join in data.Joins)
        {
            var (x, top, bottom) = (X(join.Height), Y(join.Left), Y(join.Right));
            plot.Fill(X(join.LeftHeight), top, x - X(join.LeftHeight), line, Palette.Muted);
            plot.Fill(X(join.RightHeight), bottom, x - X(join.RightHeight), line, Palette.Muted);
            plot.Fill(x, top, line, bottom - top + line, Palette.Muted);
        }
    }

    /// <summary>Percent without a fraction, rounded down: 100 only where all is shared.</summary>
    private static string Whole(double share) => Math.Floor(Math.Round(share * 100, 9)).ToString(CultureInfo.InvariantCulture);

    private static ImmutableArray<string> Describe(SimilarityData data)
    {
        // All pairs of many names would drown a listener: then the nearest of each.
        var pairs =
            from i in Enumerable.Range(0, data.Names.Length)
            from j in Enumerable.Range(0, data.Names.Length)
            where i != j && data.Shares[i][j] is not null
            select (I: i, J: j, Share: data.Shares[i][j]!.Value);
        return data.Names.Length <= 12
            ? [.. pairs.Where(pair => pair.I < pair.J).Select(pair => $"{data.Names[pair.I]} and {data.Names[pair.J]}: {Tenths(pair.Share)}")]
            : [.. pairs.GroupBy(pair => pair.I).Select(group => group.MaxBy(pair => pair.Share)).Select(pair => $"{data.Names[pair.I]}: most with {data.Names[pair.J]}, {Tenths(pair.Share)}")];
    }

    private static string Tenths(double share) => (Math.Floor(Math.Round(share * 1000, 9)) / 10).ToString("0.0", CultureInfo.InvariantCulture) + " %";
}
