using System.Globalization;
using System.Text.RegularExpressions;
using CsvHelper;
using Harness.Analysis.Checking;
using Harness.Core;
using Harness.Core.Journaling;

namespace Harness.Reporting.Redacting;

/// <summary>
/// What was taken out of a run, and what stands in its place. One text has one number throughout the run, so that what was equal is equal still and
/// what differed differs: verdicts compare. The texts themselves are kept nowhere.
/// </summary>
internal sealed partial class Removals
{
    private const string LeftOut = "left out";

    private readonly Dictionary<string, string> _marks = new(StringComparer.Ordinal);
    private readonly SortedDictionary<(string File, string Field, string What, string Replacement), long> _rows = new(_order);
    private int _last;

    private static readonly Comparer<(string File, string Field, string What, string Replacement)> _order = Comparer<(string File, string Field, string What, string Replacement)>.Create((a, b) =>
        string.CompareOrdinal(a.File, b.File) is var file and not 0 ? file
        : string.CompareOrdinal(a.Field, b.Field) is var field and not 0 ? field
        : string.CompareOrdinal(a.What, b.What) is var what and not 0 ? what
        : a.Replacement.Length != b.Replacement.Length ? a.Replacement.Length.CompareTo(b.Replacement.Length)
        : string.CompareOrdinal(a.Replacement, b.Replacement));

    /// <summary>The file that is being worked on, relative to the run's folder.</summary>
    internal string File { get; set; } = "";

    /// <summary>The column or property that is being worked on.</summary>
    internal string Field { get; set; } = "";

    /// <summary>Whether nothing was taken out.</summary>
    internal bool IsEmpty => _rows.Count == 0;

    /// <summary>Begins with what an earlier export of the same run took out.</summary>
    /// <exception cref="HarnessException">The list cannot be read.</exception>
    internal static Removals Of(RunFolder folder)
    {
        var removals = new Removals();
        foreach (var row in RedactionList.Read(folder))
        {
            removals._rows[(row.File, row.Field, row.What, row.Replacement)] = row.Times;
            removals._last = Math.Max(removals._last, Number().Match(row.Replacement) is { Success: true } match ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : 0);
        }

        return removals;
    }

    /// <summary>What stands in the place of a text.</summary>
    /// <param name="what">What it is: <c>word</c>, <c>host</c>, <c>path</c>, ….</param>
    /// <param name="text">The text.</param>
    internal string Mark(string what, string text)
    {
        if (!_marks.TryGetValue(text, out var name))
        {
            _marks.Add(text, name = string.Create(CultureInfo.InvariantCulture, $"removed-{++_last}"));
        }

        // A name that can never be a host's (RFC 2606), and a path that is one: what reads the place goes on to understand it.
        var mark = what switch
        {
            "host" => name + ".invalid",
            "path" => "/" + name,
            _ => name,
        };
        Count(what, mark);
        return mark;
    }

    /// <summary>Notes something that was replaced by another rule.</summary>
    internal void Count(string what, string replacement)
    {
        var key = (File, Field, what, replacement);
        _rows[key] = _rows.GetValueOrDefault(key) + 1;
    }

    /// <summary>Notes files that stayed behind.</summary>
    internal void Leave(string file, string what, long times) => _rows[(file, "", what, LeftOut)] = times;

    /// <summary>Writes <c>redacted.csv</c>.</summary>
    internal void Write(RunFolder folder)
    {
        using var writer = CsvWriter.ToFile(folder.RedactedCsv, Csv.WriterOptions);
        writer.WriteHeader(RedactionList.Columns.AsSpan());
        foreach (var ((file, field, what, replacement), times) in _rows)
        {
            foreach (var value in new[] { file, field, what, replacement, times.ToString(CultureInfo.InvariantCulture) })
            {
                writer.WriteField(value);
            }

            writer.EndRecord();
        }
    }

    /// <summary>Whether a word is what an earlier export put there.</summary>
    internal static bool IsMark(string word) => Whole().IsMatch(word);

    [GeneratedRegex("removed-([0-9]+)")]
    private static partial Regex Number();

    [GeneratedRegex("^(/?removed-[0-9]+(\\.invalid)?|[0-9.]+-removed-[0-9]+)\\z")]
    private static partial Regex Whole();
}
