using System.Globalization;
using System.Text;
using Harness.Analysis.Judging;
using Harness.Core.Running;
using Spectre.Console;
using Table = Spectre.Console.Table;

namespace Harness.Cli;

/// <summary>Text and tables for a reader: at most 100 columns on a terminal, 80 elsewhere, whatever is written to; words stay whole.</summary>
/// <param name="console">Where it goes.</param>
public sealed class Screen(IAnsiConsole console)
{
    private const int Elsewhere = 80;
    private const int Most = 100;

    /// <summary>Columns.</summary>
    public int Width { get; } = console.Profile.Capabilities.Interactive ? Math.Min(console.Profile.Width, Most) : Elsewhere;

    /// <summary>A passage.</summary>
    /// <param name="text">What it says; its line feeds are spelled out.</param>
    /// <param name="lines">How many lines it may take; what is more is cut at a word.</param>
    /// <param name="indent">Columns before it.</param>
    public void Text(string text, int lines = int.MaxValue, int indent = 0)
    {
        foreach (var line in Wrap(ShownText.OneLine(text), Width - indent, lines))
        {
            console.Profile.Out.Writer.Write(new string(' ', indent) + line + "\n");
        }

        console.Profile.Out.Writer.Flush();
    }

    /// <summary>A table without borders: claim (or scope), verdict, and the rest of the width.</summary>
    public Table Table(bool claim)
    {
        var table = new Table { Width = Width, ShowHeaders = false }.NoBorder();
        var first = new TableColumn("").Padding(0, 0, 2, 0);
        return table.AddColumn(claim ? first.NoWrap() : first).AddColumn(new TableColumn("").NoWrap().Padding(0, 0, 2, 0)).AddColumn(new TableColumn("").Padding(0, 0, 0, 0));
    }

    /// <summary>Writes a table.</summary>
    public void Write(Table table) => console.Write(table);

    /// <summary>A verdict as a mark and a word, in a colour where there are colours.</summary>
    public Text Verdict(VerdictRow row)
    {
        var (mark, plain, color) = row.Verdict switch
        {
            Verdicts.Supported => ("✓", "+", Color.Green),
            Verdicts.Qualified => ("≈", "~", Color.Yellow),
            Verdicts.Refuted => ("✗", "x", Color.Red),
            Verdicts.Inconclusive => ("?", "?", Color.Olive),
            _ => ("·", "-", Color.Grey),
        };
        var basis = row.Basis == "real" ? "" : $"\n  ({row.Basis})";
        return new Text($"{(console.Profile.Capabilities.Unicode ? mark : plain)} {row.Verdict}{basis}", new Style(color));
    }

    /// <summary>A text that takes at most so many lines of the last column.</summary>
    public string Fit(string text, int lines) => string.Join(' ', Wrap(ShownText.OneLine(text), Width - 30, lines));

    /// <summary>Lines of at most so many columns. A word that is longer than a line has one of its own, and is whole.</summary>
    public static IEnumerable<string> Wrap(string text, int width, int lines = int.MaxValue)
    {
        var indent = text.Length - text.TrimStart(' ').Length;
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var hanging = new string(' ', text.TrimStart().StartsWith("- ", StringComparison.Ordinal) ? indent + 2 : indent);
        var line = new StringBuilder(new string(' ', indent));
        var written = 0;
        var isEmpty = true;
        foreach (var word in words)
        {
            if (!isEmpty && Columns(line) + 1 + word.Length > width)
            {
                if (++written == lines)
                {
                    yield return Cut(line.ToString(), width);
                    yield break;
                }

                yield return line.ToString();
                line.Clear().Append(hanging);
                isEmpty = true;
            }

            line.Append(isEmpty ? "" : " ").Append(word);
            isEmpty = false;
        }

        yield return line.ToString();
    }

    private static int Columns(StringBuilder line) => new StringInfo(line.ToString()).LengthInTextElements;

    private static string Cut(string line, int width)
    {
        while (line.Length + 2 > width && line.LastIndexOf(' ') is > 0 and var end)
        {
            line = line[..end];
        }

        return line.TrimEnd(' ', ',', ';', ':') + " …";
    }
}
