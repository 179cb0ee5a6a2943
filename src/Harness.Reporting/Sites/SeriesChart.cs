using System.Globalization;
using System.Text;
using Harness.Reporting.Figures;
using Harness.Reporting.Html;

namespace Harness.Reporting.Sites;

/// <summary>Draws a series as SVG, to stand in a page: medians, their intervals as a band, and changes as lines. Colours are the page's, so that it suits a dark one.</summary>
internal static class SeriesChart
{
    private const double Width = 720, Height = 150, Left = 64, Right = 12, Top = 14, Bottom = 24;

    // Beyond so many the dots touch.
    private const int MostDots = 120;

    internal static string Draw(TimeSeries series, string name)
    {
        var unit = series.Newest.Unit;
        var high = series.Points.Max(point => point.Of.High ?? point.Of.Median!.Value);
        // From 0: a chart that is cut off below makes noise look like news.
        var top = high > 0 ? high * 1.08 : 1;
        var last = series.Points.Length - 1;
        var svg = new StringBuilder();
        Add(svg, $"<svg class=\"chart\" viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{HtmlReport.Text(name)}\">");
        foreach (var value in (double[])[0, top / 2, top])
        {
            Add(svg, $"<path class=\"grid\" d=\"M{Left} {Y(value)}H{Width - Right}\"/><text x=\"{Left - 8}\" y=\"{Y(value) + 4}\" text-anchor=\"end\">{HtmlReport.Text(value == 0 ? "0" : FigureNumbers.Text(value, unit))}</text>");
        }

        if (series.Points.All(point => point.Of.Low is not null && point.Of.High is not null) && last > 0)
        {
            var there = string.Join('L', series.Points.Select((point, i) => At(i, point.Of.High!.Value)));
            var back = string.Join('L', series.Points.Select((point, i) => At(i, point.Of.Low!.Value)).Reverse());
            Add(svg, $"<path class=\"band\" d=\"M{there}L{back}Z\"/>");
        }

        foreach (var change in series.Changes)
        {
            Add(svg, $"<path class=\"change\" d=\"M{X(change - 0.5)} {Top}V{Height - Bottom}\"/>");
        }

        foreach (var (from, to, median) in series.Changes.IsEmpty ? [] : series.Stretches)
        {
            Add(svg, $"<path class=\"level\" d=\"M{X(from)} {Y(median)}H{X(to - 1)}\"/>");
        }

        Add(svg, $"<path class=\"line\" d=\"M{string.Join('L', series.Points.Select((point, i) => At(i, point.Of.Median!.Value)))}\"/>");
        for (var i = 0; i <= last && last < MostDots; i++)
        {
            Add(svg, $"<circle class=\"dot\" cx=\"{X(i)}\" cy=\"{Y(series.Points[i].Of.Median!.Value)}\" r=\"2.5\"/>");
        }

        Add(svg, $"<text x=\"{Left}\" y=\"{Height - 6}\">{SitePages.Day(series.Points[0].Run)}</text>");
        if (last > 0)
        {
            Add(svg, $"<text x=\"{Width - Right}\" y=\"{Height - 6}\" text-anchor=\"end\">{SitePages.Day(series.Points[^1].Run)}</text>");
        }

        return svg.Append("</svg>").ToString();

        double X(double i) => Math.Round(last == 0 ? Left : Left + ((Width - Left - Right) * i / last), 1);

        double Y(double value) => Math.Round(Height - Bottom - ((Height - Top - Bottom) * value / top), 1);

        string At(int i, double value) => FormattableString.Invariant($"{X(i)} {Y(value)}");
    }

    private static void Add(StringBuilder svg, FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture));
}
