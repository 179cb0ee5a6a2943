using System.Globalization;
using System.Text;
using Harness.Analysis.Comparing;
using Harness.Core.Running;
using Harness.Reporting.Html;
using Harness.Reporting.Model;

namespace Harness.Reporting.Comparing;

/// <summary>Writes a comparison for readers: plain text, Markdown, or a page.</summary>
public static class ComparisonText
{
    private const int MostOfText = 40, MostOfMarkdown = 200, MostOfPage = 2_000;

    /// <summary>For a terminal: sections with tables of aligned columns.</summary>
    public static string Plain(RunComparison comparison, GateResult? gate)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Title(comparison)}\n");
        foreach (var section in ComparisonSections.Of(comparison, gate, MostOfText))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{section.Title.ToUpperInvariant()}\n");
            foreach (var block in section.Blocks)
            {
                Write(text, block);
            }
        }

        return text.ToString().TrimEnd('\n');
    }

    /// <summary>As Markdown.</summary>
    public static string Markdown(RunComparison comparison, GateResult? gate)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# {MarkdownText.Plain(Title(comparison))}\n\n");
        foreach (var section in ComparisonSections.Of(comparison, gate, MostOfMarkdown))
        {
            text.Append(CultureInfo.InvariantCulture, $"## {MarkdownText.Plain(section.Title)}\n\n");
            MarkdownBlocks.Write(text, section.Blocks);
        }

        return text.ToString().TrimEnd('\n');
    }

    /// <summary>As one page that asks for nothing and runs no script.</summary>
    public static string Page(RunComparison comparison, GateResult? gate)
    {
        var body = new StringBuilder();
        body.Append(CultureInfo.InvariantCulture, $"<header>\n<p class=\"kicker\">Harness: runs side by side</p>\n<h1>{HtmlReport.Text(Title(comparison))}</h1>\n</header>\n<main>\n");
        foreach (var section in ComparisonSections.Of(comparison, gate, MostOfPage))
        {
            var blocks = HtmlReport.Rendered<Blocks>(new Dictionary<string, object?> { [nameof(Blocks.Of)] = section.Blocks });
            body.Append(CultureInfo.InvariantCulture, $"<section id=\"{section.Id}\" aria-labelledby=\"{section.Id}-heading\">\n<h2 id=\"{section.Id}-heading\">{HtmlReport.Text(section.Title)}</h2>\n{blocks}\n</section>\n");
        }

        body.Append("</main>");
        return HtmlReport.Page(Title(comparison), body.ToString()).TrimEnd('\n');
    }

    private static string Title(RunComparison comparison) => $"{comparison.Base.Name} against {string.Join(", ", comparison.Sides.Select(side => side.New.Name))}";

    private static void Write(StringBuilder text, Block block)
    {
        switch (block)
        {
            case Block.Paragraph paragraph:
                text.Append(Shown(paragraph.Words)).Append('\n');
                break;
            case Block.Bullets bullets:
                bullets.Items.ToList().ForEach(item => text.Append("- ").Append(Shown(item)).Append('\n'));
                break;
            case Block.Lines lines:
                text.Append(ShownText.Of(lines.Text)).Append('\n');
                break;
            case Block.Grid grid:
                Table(text, grid);
                break;
            default:
                throw new InvalidOperationException($"{block.GetType()}");
        }
    }

    private static void Table(StringBuilder text, Block.Grid grid)
    {
        ImmutableArray<ImmutableArray<string>> rows = [[.. grid.Columns.Select(column => column.Title)], .. grid.Rows.Select(row => row.Select(Shown).ToImmutableArray())];
        var widths = grid.Columns.Select((_, i) => rows.Max(row => row[i].Length)).ToImmutableArray();
        foreach (var row in rows)
        {
            var fields = row.Select((field, i) => grid.Columns[i].IsNumber ? field.PadLeft(widths[i]) : field.PadRight(widths[i]));
            text.Append("  ").Append(string.Join("  ", fields).TrimEnd()).Append('\n');
        }
    }

    private static string Shown(Passage passage) => ShownText.OneLine(string.Concat(passage.Select(part => part switch
    {
        Inline.Plain plain => plain.Text,
        Inline.Code code => code.Text,
        Inline.Strong strong => strong.Text,
        Inline.Link link => link.Text,
        _ => throw new InvalidOperationException($"{part.GetType()}"),
    })));
}
