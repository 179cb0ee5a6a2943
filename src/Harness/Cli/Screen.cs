using System.Globalization;
using System.Text;
using Harness.Analysis.Judging;
using Harness.Core.Running;
using Spectre.Console;
using Table = Spectre.Console.Table;

namespace Harness.Cli;

/// <summary>
/// Text and tables for a reader: on a terminal at most 100 columns wide, words whole. Elsewhere a passage is a line: who reads a file or a pipe
/// wraps it, or looks for it.
/// </summary>
/// <param name="console">Where it goes.</param>
public sealed class Screen(IAnsiConsole console)
{
    private const int Most = 100;
    // Of a run from before there were headlines.
    private const int MostSummary = 3;
    private const string Apart = "  ";

    /// <summary>Whether somebody sees it on a terminal.</summary>
    public bool IsTerminal { get; } = console.Profile.Capabilities.Interactive;

    /// <summary>Columns.</summary>
    public int Width { get; } = console.Profile.Capabilities.Interactive ? Math.Min(console.Profile.Width, Most) : int.MaxValue;

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
        var table = new Table { Width = IsTerminal ? Width : null, ShowHeaders = false }.NoBorder();
        var first = new TableColumn("").Padding(0, 0, 2, 0);
        return table.AddColumn(claim ? first.NoWrap() : first).AddColumn(new TableColumn("").NoWrap().Padding(0, 0, 2, 0)).AddColumn(new TableColumn("").Padding(0, 0, 0, 0));
    }

    /// <summary>Writes a table.</summary>
    public void Write(Table table) => console.Write(table);

    /// <summary>A verdict as a mark and a word, in a colour where there are colours.</summary>
    public Text Verdict(VerdictRow row)
    {
        var (word, color) = Word(row);
        return new Text($"{word}{(Basis(row) is { Length: > 0 } basis ? $"\n  {basis}" : "")}", new Style(color));
    }

    /// <summary>The same in one line for each claim or more: claim, verdict, and what leads, which is whole.</summary>
    /// <param name="rows">Each with what leads.</param>
    public void Claims(IReadOnlyList<(VerdictRow Row, string Lead)> rows)
    {
        var (first, second, _) = Columns(rows.Select(row => row.Row));
        foreach (var (row, lead) in rows)
        {
            var (word, color) = Word(row);
            var lines = Lines(row, lead, rows.Select(one => one.Row)).ToList();
            var basis = Basis(row);
            for (var i = 0; i < Math.Max(lines.Count, basis.Length > 0 && IsTerminal ? 2 : 1); i++)
            {
                var verdict = i == 0 ? IsTerminal || basis.Length == 0 ? word : $"{word} {basis}" : i == 1 && IsTerminal && basis.Length > 0 ? Apart + basis : "";
                console.Profile.Out.Writer.Write((i == 0 ? ShownText.OneLine(row.Claim) : "").PadRight(first) + Apart);
                console.Profile.Out.Writer.Flush();
                if (console.Profile.Capabilities.Ansi)
                {
                    console.Write(new Text(verdict.PadRight(second), new Style(color)));
                }
                else
                {
                    // Without escape sequences Spectre would set the colours of the process's console.
                    console.Profile.Out.Writer.Write(verdict.PadRight(second));
                }

                console.Profile.Out.Writer.Write((Apart + (i < lines.Count ? lines[i] : "")).TrimEnd() + "\n");
                console.Profile.Out.Writer.Flush();
            }
        }
    }

    /// <summary>How many lines that takes.</summary>
    public int LinesOf(IReadOnlyList<(VerdictRow Row, string Lead)> rows) =>
        rows.Sum(row => Math.Max(Lines(row.Row, row.Lead, rows.Select(one => one.Row)).Count(), Basis(row.Row).Length > 0 && IsTerminal ? 2 : 1));

    private IEnumerable<string> Lines(VerdictRow row, string lead, IEnumerable<VerdictRow> all) => Wrap(ShownText.OneLine(lead), Columns(all).Third, row.Headline.Length > 0 ? int.MaxValue : MostSummary);

    private (int First, int Second, int Third) Columns(IEnumerable<VerdictRow> rows)
    {
        var all = rows.ToList();
        var first = all.Max(row => row.Claim.Length);
        var second = all.Max(row => IsTerminal ? Math.Max(Word(row).Text.Length, Basis(row) is { Length: > 0 } basis ? basis.Length + Apart.Length : 0) : Word(row).Text.Length + (Basis(row) is { Length: > 0 } beside ? beside.Length + 1 : 0));
        return (first, second, IsTerminal ? Width - first - second - (2 * Apart.Length) : Width);
    }

    private static string Basis(VerdictRow row) => row.Basis == "real" ? "" : $"({row.Basis})";

    private (string Text, Color Color) Word(VerdictRow row)
    {
        var (mark, plain, color) = row.Verdict switch
        {
            Verdicts.Supported => ("✓", "+", Color.Green),
            Verdicts.Qualified => ("≈", "~", Color.Yellow),
            Verdicts.Refuted => ("✗", "x", Color.Red),
            Verdicts.Inconclusive => ("?", "?", Color.Olive),
            _ => ("·", "-", Color.Grey),
        };
        return ($"{(console.Profile.Capabilities.Unicode ? mark : plain)} {row.Verdict}", color);
    }

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
