using System.Globalization;
using Harness.Analysis.Tables;
using Harness.Core;
using Harness.Core.Journaling;

namespace Harness.Analysis.Checking;

/// <summary>A row of <c>redacted.csv</c>: what an export took out of a run, never the text itself.</summary>
/// <param name="File">Where, relative to the run's folder; a pattern where files were left out.</param>
/// <param name="Field">The column or property; empty for a file.</param>
/// <param name="What">What it was: <c>host</c>, <c>path</c>, <c>word</c>, ….</param>
/// <param name="Replacement">What stands there now, or <c>left out</c>.</param>
/// <param name="Times">How often.</param>
public sealed record RedactionRow(string File, string Field, string What, string Replacement, long Times);

/// <summary>Reads <c>redacted.csv</c>, which a run that was exported has.</summary>
public static class RedactionList
{
    /// <summary>Its columns.</summary>
    public static ImmutableArray<string> Columns { get; } = ["file", "field", "what", "replacement", "times"];

    /// <summary>Whether a run is one that was redacted.</summary>
    public static bool IsRedacted(RunFolder folder) => File.Exists(folder.RedactedCsv);

    /// <summary>Its rows; none for a run as it was recorded.</summary>
    /// <exception cref="HarnessException">It cannot be read.</exception>
    public static ImmutableArray<RedactionRow> Read(RunFolder folder) => !IsRedacted(folder) ? [] : RunTables.Read(
        folder.RedactedCsv, Columns,
        reader => new RedactionRow(
            reader.GetString("file"), reader.GetString("field"), reader.GetString("what"), reader.GetString("replacement"),
            long.Parse(reader.GetString("times"), NumberStyles.None, CultureInfo.InvariantCulture)));
}
