namespace Harness.Reporting.Figures;

/// <summary>
/// Totals over orders of magnitude and what they are made of: a row for each treatment, its total as a point with a range on a log scale,
/// and beside it a bar of its parts as shares of their sum. Stacked bars on a log scale would show the first part as longest whatever it
/// is, and on a linear one a row that is a hundredth of another as nothing, hence the two.
/// </summary>
internal sealed class LadderDrawing
{
    private const float RowHeight = 34, Bar = 16, MaxNameWidth = 200, TotalsWidth = 240, Gap = 22, Heading = 24, LegendGap = 8, Inset = 8;
    private const float NameSize = 11, SmallSize = 9.5f, ValueSize = 11;

    private readonly LadderWords _words;
    private readonly ImmutableArray<Rung> _rungs;
    private readonly ImmutableArray<string> _description;
    private readonly ImmutableDictionary<string, CategoryStyle> _styles;
    private readonly FigureLegend _legend;
    private readonly string _unit;
    private readonly FigureScale? _scale;
    private readonly float _nameWidth, _sharesLeft, _top, _bottom;

    private LadderDrawing(FigureRows rows, LadderWords words)
    {
        _words = words;
        var rungs = Rung.Read(rows, words);
        (_rungs, _description) = (Rung.Drawn(rungs), [.. rungs.Select(rung => rung.Describe(rows[0, "unit"]))]);
        _styles = Styles(rows, words);
        _unit = rows[0, "unit"];
        _legend = new FigureLegend(Rung.PartsInOrder(_rungs).Select(part => (part, 0)), _styles, "");
        // Where no row has a total there are neither parts nor headings.
        _top = _rungs.All(rung => rung.Total is null) ? 0 : _legend.Height + LegendGap + Heading;
        _bottom = _top + (_rungs.Length * RowHeight);
        using var font = FigureFonts.Create(NameSize);
        // What short names leave free is the bars'.
        _nameWidth = Math.Min(MaxNameWidth, MathF.Ceiling(_rungs.Max(rung => font.MeasureText(FigureText.Drawable(rung.Name)))) + Inset);
        _sharesLeft = _nameWidth + Inset + TotalsWidth + Gap;
        var numbers = _rungs.SelectMany(rung => new[] { rung.Total, rung.Low, rung.High }).OfType<double>().ToList();
        _scale = numbers.Count == 0 ? null : FigureScale.Of(numbers, isLog: true, _nameWidth + Inset, _sharesLeft - Gap - Inset, _unit, words.Kind);
    }

    private float SharesWidth => FigurePage.BodyWidth - _sharesLeft;

    /// <summary>Draws the answer of a query.</summary>
    public static FigureImages Draw(FigureInput input, LadderWords words)
    {
        var rows = FigureRows.Read(input.Table, words.Kind, "row", words.Part, "value", "total", "low", "high", "unit", "n");
        if (rows.Count == 0)
            return FigurePage.Nothing(input);
        var drawing = new LadderDrawing(rows, words);
        return FigurePage.Render(input, new FigureBody(drawing._bottom + (drawing._scale is null ? 0 : FigureAxis.Height), drawing._description, (canvas, area) =>
        {
            using var plot = new PixelPlot(area);
            drawing.AddTo(plot);
            plot.Render(canvas);
        }));
    }

    // A row without a total may name no part.
    private static ImmutableDictionary<string, CategoryStyle> Styles(FigureRows rows, LadderWords words)
    {
        var slots = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var row = 0; row < rows.Count; row++)
        {
            if (rows[row, "slot"] is { Length: > 0 } slot)
                slots.TryAdd(rows[row, words.Part], MatrixData.Slot(slot));
        }

        return MatrixData.StylesOf([.. rows.Distinct(words.Part).Where(part => part.Length > 0)], slots)
            .ToImmutableDictionary(style => style.Key, style => style.Value with { Shape = ScottPlot.MarkerShape.FilledSquare }, StringComparer.Ordinal);
    }

    private void AddTo(PixelPlot plot)
    {
        if (_scale is not null)
        {
            _legend.Add(plot);
            AddHeadings(plot, _scale);
        }

        for (var i = 0; i < _rungs.Length; i++)
            AddRow(plot, _rungs[i], _top + (i * RowHeight) + (RowHeight / 2));
    }

    // Where no row has a total there is nothing to be read off.
    private void AddHeadings(PixelPlot plot, FigureScale scale)
    {
        var heading = new TextLook(ValueSize, Palette.Muted);
        plot.Text([_words.Totals], _nameWidth, _top - (Heading / 2), 0, heading);
        plot.Text([_words.Shares], _sharesLeft, _top - (Heading / 2), 0, heading);
        FigureAxis.Across(plot, scale, _top, _bottom);
        foreach (var (share, text) in new[] { (0f, "0"), (0.5f, "50 %"), (1f, "100 %") })
            plot.Text([text], _sharesLeft + (SharesWidth * share), _bottom + 11, 0, new TextLook(FigureAxis.TextSize, Palette.Muted, Anchor: share == 0 ? TextAnchor.Start : share == 1 ? TextAnchor.End : TextAnchor.Middle));
    }

    private void AddRow(PixelPlot plot, Rung rung, float middle)
    {
        using var font = FigureFonts.Create(NameSize);
        var lines = FigureText.Wrap(rung.Name, font, _nameWidth - Inset, 2);
        plot.Text(lines, 0, middle - (7 * (lines.Length - 1)), 14, new TextLook(NameSize, rung.Total is null ? Palette.Muted : Palette.Ink));
        if (rung.Total is not { } total || _scale is null)
        {
            var note = FigureText.Wrap(rung.Note, font, FigurePage.BodyWidth - _nameWidth - Inset, 2);
            plot.Text(note, _nameWidth + Inset, middle - (7 * (note.Length - 1)), 14, new TextLook(SmallSize + 1, Palette.Muted, IsBacked: true));
            return;
        }

        var x = _scale.At(total);
        var (left, right) = (rung.Low is { } low ? _scale.At(low) : x, rung.High is { } high ? _scale.At(high) : x);
        // A narrow range would vanish behind a mark.
        plot.Fill(left, middle - 4, Math.Max(right - left, 1), 8, Palette.Mix(Palette.Muted, ScottPlot.Colors.White, 0.55));
        plot.Fill(x - 1, middle - 8, 2, 16, Palette.Ink);
        AddTotal(plot, rung, total, left, right, middle);
        AddShares(plot, rung, middle);
    }

    // Beside the range, on the side that has room.
    private void AddTotal(PixelPlot plot, Rung rung, double total, float left, float right, float middle)
    {
        using var font = FigureFonts.Create(ValueSize);
        var text = FigureNumbers.Text(total, _unit);
        var below = _words.IsInNumbers && rung is { Low: { } low, High: { } high } ? $"{FigureNumbers.Text(low, _unit)} to {FigureNumbers.Text(high, _unit)}" : "";
        if (!_words.IsInNumbers)
            text += FormattableString.Invariant($", n = {rung.N}");
        var width = Math.Max(font.MeasureText(text), font.MeasureText(below) * SmallSize / ValueSize);
        var isRight = width <= _sharesLeft - Gap - right - 8;
        var (at, anchor) = isRight ? (right + 8, TextAnchor.Start) : (left - 8, TextAnchor.End);
        plot.Text([text], at, below.Length > 0 ? middle - 7 : middle, 0, new TextLook(ValueSize, Palette.Ink, Anchor: anchor, IsBacked: true));
        if (below.Length > 0)
            plot.Text([below], at, middle + 7, 0, new TextLook(SmallSize, Palette.Muted, Anchor: anchor, IsBacked: true));
    }

    private void AddShares(PixelPlot plot, Rung rung, float middle)
    {
        using var small = FigureFonts.Create(SmallSize);
        var sum = rung.Parts.Sum(part => part.Value);
        var x = _sharesLeft;
        foreach (var part in rung.Parts.Where(_ => sum > 0))
        {
            var width = (float)(SharesWidth * part.Value / sum);
            var color = _styles[part.Name].Color;
            plot.Fill(x, middle - (Bar / 2), Math.Max(width - 1, 0), Bar, color);
            var text = _words.IsInNumbers ? FigureNumbers.Text(part.Value, _unit) : FormattableString.Invariant($"{100 * part.Value / sum:0} %");
            if (small.MeasureText(text) <= width - 5)
                plot.Text([text], x + ((width - 1) / 2), middle, 0, new TextLook(SmallSize, Palette.TextOn(color), Anchor: TextAnchor.Middle));
            x += width;
        }
    }
}
