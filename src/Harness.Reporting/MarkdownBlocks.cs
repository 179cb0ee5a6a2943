using System.Text;
using Harness.Reporting.Model;
using static Harness.Reporting.MarkdownText;

namespace Harness.Reporting;

/// <summary>Writes blocks of a report as Markdown, a blank line after each.</summary>
internal static class MarkdownBlocks
{
    /// <summary>All of them.</summary>
    public static void Write(StringBuilder text, ImmutableArray<Block> blocks)
    {
        foreach (var block in blocks)
        {
            switch (block)
            {
                case Block.Paragraph paragraph:
                    Line(text, Of(paragraph.Words));
                    break;
                case Block.Bullets bullets:
                    bullets.Items.ToList().ForEach(item => Line(text, $"- {Of(item)}"));
                    break;
                case Block.Lines lines:
                    Fenced(text, lines);
                    break;
                case Block.Grid grid:
                    Table(text, grid);
                    break;
                default:
                    throw new InvalidOperationException($"{block.GetType()}");
            }

            Line(text);
        }
    }

    /// <summary>A passage on one line.</summary>
    public static string Of(Passage passage) => string.Concat(passage.Select(part => part switch
    {
        Inline.Plain plain => Plain(plain.Text),
        Inline.Code code => Code(code.Text),
        Inline.Strong strong => $"**{Plain(strong.Text)}**",
        Inline.Link link => $"[{Plain(link.Text)}]({link.Target})",
        _ => throw new InvalidOperationException($"{part.GetType()}"),
    }));

    private static void Table(StringBuilder text, Block.Grid grid)
    {
        Line(text, grid.Columns.All(column => column.Title.Length == 0)
            ? string.Concat(Enumerable.Repeat("| ", grid.Columns.Length)) + "|"
            : $"| {string.Join(" | ", grid.Columns.Select(column => Plain(column.Title)))} |");
        Line(text, $"|{string.Join('|', grid.Columns.Select(column => column.IsNumber ? "---:" : "---"))}|");
        foreach (var row in grid.Rows)
        {
            Line(text, $"| {string.Join(" | ", row.Select(Of))} |");
        }
    }

    // The fence is longer than any within: a command line may hold anything.
    private static void Fenced(StringBuilder text, Block.Lines lines)
    {
        var fence = new string('`', Math.Max(3, LongestRun(lines.Text) + 1));
        Line(text, fence + lines.Language);
        Line(text, lines.Text);
        Line(text, fence);
    }

    private static void Line(StringBuilder text, string line = "") => text.Append(line).Append('\n');
}
