using Harness.Core;

namespace Harness.Reporting.Figures;

/// <summary>
/// What a time or a size is made of, on one linear scale, so that lengths can be compared between rows too: the parts of each row end to end, each
/// with its number. Columns of the query, one row of the answer a part: <c>row, part, value, unit, n</c>, and optionally <c>low</c> and
/// <c>high</c>, <c>of</c>, what n counts, <c>slot</c>, the part's place in the palette from 1, and <c>note</c>, said of a row without parts.
/// </summary>
public sealed class SplitFigure : IFigureKind
{
    private const string Kind = "split";
    private const int MaxRows = 30;
    private const float RowHeight = 58, Bar = 26, Top = 8, NameSize = 12, ValueSize = 11, SmallSize = 10;

    /// <inheritdoc/>
    public string Id => Kind;

    /// <inheritdoc/>
    public FigureImages Draw(FigureInput input)
    {
        var rows = FigureRows.Read(input.Table, Kind, "row", "part", "value", "unit", "n");
        if (rows.Count == 0)
            return FigurePage.Nothing(input);
        var bars = Read(rows);
        if (bars.Length > MaxRows)
            throw new FigureTooLargeException(Kind, $"{MaxRows} rows", $"{bars.Length}");
        var unit = rows[0, "unit"];
        if (bars.All(bar => bar.Parts.IsEmpty))
            return FigurePage.Words(input, string.Join(' ', bars.Select(bar => $"{bar.Name}: {bar.Note}.")));
        var drawing = new Drawing(bars, Styles(rows), unit);
        return FigurePage.Render(input, new FigureBody(drawing.Height, [.. bars.SelectMany(bar => bar.Describe(unit))], (canvas, area) =>
        {
            using var plot = new PixelPlot(area);
            drawing.AddTo(plot);
            plot.Render(canvas);
        }));
    }

    private static ImmutableArray<SplitBar> Read(FigureRows rows)
    {
        var bars = new List<SplitBar>();
        for (var row = 0; row < rows.Count; row++)
        {
            var at = bars.FindIndex(bar => bar.Name == rows[row, "row"]);
            if (at < 0)
            {
                at = bars.Count;
                bars.Add(new SplitBar(rows[row, "row"], 0, rows[row, "of"], rows[row, "note"], []));
            }

            bars[at] = bars[at] with { N = bars[at].N + (long)(FigureNumbers.Read(rows, row, "n", Kind) ?? 0) };
            if (rows[row, "part"] is not { Length: > 0 } part)
                continue;
            var value = FigureNumbers.Need(rows, row, "value", Kind);
            if (value < 0 || bars[at].Parts.Any(known => known.Name == part))
                throw new HarnessException($"a figure of kind '{Kind}' has one value a part, not below zero; its query breaks that for row '{bars[at].Name}', part '{part}': fix the figure's sql");
            var (low, high) = FigureNumbers.Interval(rows, row, Kind);
            bars[at] = bars[at] with { Parts = bars[at].Parts.Add(new SplitPart(part, value, low, high)) };
        }

        return [.. bars];
    }

    private static ImmutableDictionary<string, CategoryStyle> Styles(FigureRows rows)
    {
        var slots = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var row = 0; row < rows.Count; row++)
        {
            if (rows[row, "slot"] is { Length: > 0 } slot)
                slots.TryAdd(rows[row, "part"], MatrixData.Slot(slot));
        }

        return MatrixData.StylesOf([.. rows.Distinct("part").Where(part => part.Length > 0)], slots)
            .ToImmutableDictionary(style => style.Key, style => style.Value with { Shape = ScottPlot.MarkerShape.FilledSquare }, StringComparer.Ordinal);
    }

    private sealed record SplitPart(string Name, double Value, double? Low, double? High);

    private sealed record SplitBar(string Name, long N, string Of, string Note, ImmutableArray<SplitPart> Parts)
    {
        public double Sum => Parts.Sum(part => part.Value);

        public string Count => FormattableString.Invariant($"n = {N}{(Of.Length > 0 ? " " + (N == 1 && Of.EndsWith('s') ? Of[..^1] : Of) : "")}");

        public IEnumerable<string> Describe(string unit)
        {
            if (Parts.IsEmpty)
            {
                yield return $"{Name}: {Note}";
                yield break;
            }

            yield return $"{Name}: {FigureNumbers.Text(Sum, unit)}, {Count}";
            foreach (var part in Parts)
            {
                yield return FormattableString.Invariant($"{Name}, {part.Name}: {FigureNumbers.Text(part.Value, unit)}, {(Sum > 0 ? 100 * part.Value / Sum : 0):0} %")
                    + (part is { Low: { } low, High: { } high } ? $" ({FigureNumbers.Text(low, unit)} to {FigureNumbers.Text(high, unit)})" : "");
            }
        }
    }

    private sealed class Drawing
    {
        private readonly ImmutableArray<SplitBar> _bars;
        private readonly ImmutableDictionary<string, CategoryStyle> _styles;
        private readonly string _unit;
        private readonly FigureLegend _legend;
        private readonly FigureScale _scale;
        private readonly float _top, _bottom;

        public Drawing(ImmutableArray<SplitBar> bars, ImmutableDictionary<string, CategoryStyle> styles, string unit)
        {
            (_bars, _styles, _unit) = (bars, styles, unit);
            var parts = Rung.PartsInOrder([.. bars.Select(bar => new Rung(bar.Name, null, null, null, 0, "", [.. bar.Parts.Select(part => new RungPart(part.Name, part.Value))]))]);
            _legend = new FigureLegend(parts.Select(part => (part, 0)), styles, "");
            _top = _legend.Height + Top;
            _bottom = _top + (bars.Length * RowHeight);
            _scale = FigureScale.Of(bars.Select(bar => bar.Sum), isLog: false, 0, FigurePage.BodyWidth - 18, unit, Kind);
        }

        public float Height => _bottom + FigureAxis.Height;

        public void AddTo(PixelPlot plot)
        {
            _legend.Add(plot);
            foreach (var (value, text) in _scale.Ticks)
            {
                // The first one has no room to its left.
                var look = new TextLook(FigureAxis.TextSize, Palette.Muted, Anchor: value == 0 ? TextAnchor.Start : TextAnchor.Middle);
                plot.Fill(_scale.At(value) - (value == 0 ? 0 : 0.5f), _top, 1, _bottom - _top, Palette.Faint);
                plot.Text([value == 0 ? "0" : text], _scale.At(value), _bottom + 11, 0, look);
            }

            for (var i = 0; i < _bars.Length; i++)
                AddBar(plot, _bars[i], _top + (i * RowHeight));
        }

        // The name above its bar: so it never shares a line's width with it.
        private void AddBar(PixelPlot plot, SplitBar bar, float top)
        {
            using var font = FigureFonts.Create(NameSize, bold: true);
            using var small = FigureFonts.Create(SmallSize);
            var head = bar.Parts.IsEmpty ? bar.Note : $"{FigureNumbers.Text(bar.Sum, _unit)}, {bar.Count}";
            var name = FigureText.Wrap(bar.Name, font, FigurePage.BodyWidth * 0.5f, 1).FirstOrDefault("");
            plot.Text([name], 0, top + 12, 0, new TextLook(NameSize, bar.Parts.IsEmpty ? Palette.Muted : Palette.Ink, Bold: true, IsBacked: true));
            var x = font.MeasureText(name) + 10;
            plot.Text(FigureText.Wrap(head, small, FigurePage.BodyWidth - x, 1), x, top + 12, 0, new TextLook(ValueSize, Palette.Muted, IsBacked: true));
            var sum = 0.0;
            foreach (var part in bar.Parts)
            {
                var (left, right) = (_scale.At(sum), _scale.At(sum + part.Value));
                sum += part.Value;
                var color = _styles[part.Name].Color;
                plot.Fill(left, top + 22, Math.Max(right - left - 1, 0.5f), Bar, color);
                AddNumbers(plot, part, bar.Sum, (left + right - 1) / 2, right - left, top + 22 + (Bar / 2), color);
            }
        }

        private void AddNumbers(PixelPlot plot, SplitPart part, double sum, float middle, float width, float y, ScottPlot.Color color)
        {
            using var font = FigureFonts.Create(SmallSize);
            var value = FigureNumbers.Text(part.Value, _unit);
            var share = FormattableString.Invariant($"{100 * part.Value / sum:0} %");
            var look = new TextLook(SmallSize, Palette.TextOn(color), Anchor: TextAnchor.Middle);
            if (font.MeasureText(value) <= width - 4)
                plot.Text([value, share], middle, y - 6, 12, look);
            else if (font.MeasureText(share) <= width - 3)
                plot.Text([share], middle, y, 0, look);
        }
    }
}
