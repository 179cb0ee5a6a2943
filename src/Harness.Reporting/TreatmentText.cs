using System.Globalization;
using System.Text;
using static Harness.Reporting.MarkdownText;

namespace Harness.Reporting;

/// <summary>The report's section on what was proven of the treatments: one row a runtime, and who the witnesses were.</summary>
internal static class TreatmentText
{
    private static readonly ImmutableArray<string> States = ["proven", "engine's word", "only asked", "contradicted"];

    /// <summary>The section; empty where a run has no such readings.</summary>
    public static string Write(ImmutableArray<TreatmentCount> counts)
    {
        if (counts.IsEmpty)
        {
            return "";
        }

        var text = new StringBuilder();
        Line(text, "## What was proven of the treatments");
        Line(text);
        Line(text, "Whether a sandbox was what its cell's name says, by aspect, with the number of sandboxes that were looked at; of timed cells one apart from the trials. Trials of a contradicted sandbox are broken. Every reading: the view `treatment` of [schema.sql](definitions/schema.sql).");
        Line(text);
        Line(text, "| ran by | proven | on the engine's word | only asked for | contradicted |");
        Line(text, "|---|---|---|---|---|");
        foreach (var runtime in counts.GroupBy(count => count.RanBy))
        {
            Line(text, $"| {Plain(runtime.Key)} | {string.Join(" | ", States.Select(state => Aspects([.. runtime.Where(count => count.State == state)])))} |");
        }

        Line(text);
        var witnesses = counts.Where(count => count.Witness.Length > 0 && count.State == "proven")
            // That the proof was one apart says nothing of who gave it.
            .Select(count => (count.Aspect, Witness: count.Witness.Split(", in a proof sandbox")[0]))
            .Distinct()
            .GroupBy(pair => pair.Witness)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => $"{Plain(group.Key)} ({string.Join(", ", group.Select(pair => Plain(pair.Aspect)).Order(StringComparer.Ordinal))})");
        Line(text, $"Witnesses: {string.Join("; ", witnesses)}.");
        Line(text);
        return text.ToString();
    }

    private static string Aspects(ImmutableArray<TreatmentCount> counts) => string.Join(", ", counts
        .GroupBy(count => count.Aspect)
        .Select(group => string.Create(CultureInfo.InvariantCulture, $"{Plain(group.Key)} {group.Sum(count => count.Count)}")));

    private static void Line(StringBuilder text, string line = "") => text.Append(line).Append('\n');
}
