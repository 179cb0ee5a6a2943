using System.Globalization;

namespace Harness.Reporting.Model;

/// <summary>Treatments and their proof: one row a runtime, and who the witnesses were.</summary>
internal static class TreatmentSection
{
    private static readonly ImmutableArray<string> States = ["proven", "engine's word", "only asked", "contradicted"];

    /// <summary>The section; null where a run has no such readings.</summary>
    public static Section? Of(ImmutableArray<TreatmentCount> counts) => counts.IsEmpty ? null : new("treatments", "Treatments and their proof",
    [
        new Block.Paragraph(
        [
            new Inline.Plain("Whether a sandbox was what its cell's name says, by aspect, with the number of sandboxes that were checked; for timed cells, one separate sandbox. Trials of a contradicted sandbox are broken. Every reading: the view "),
            new Inline.Code("treatment"),
            new Inline.Plain(" of "),
            new Inline.Link("schema.sql", "definitions/schema.sql"),
            new Inline.Plain("."),
        ]),
        new Block.Grid(
            "Treatments and their proof", [new("ran by"), new("proven"), new("on the engine's word"), new("only asked for"), new("contradicted")],
            [.. counts.GroupBy(count => count.RanBy).Select(runtime => ImmutableArray.Create<Passage>([runtime.Key, .. States.Select(state => (Passage)Aspects(runtime.Where(count => count.State == state)))]))]),
        new Block.Paragraph($"Witnesses: {string.Join("; ", Witnesses(counts))}."),
    ]);

    private static IEnumerable<string> Witnesses(ImmutableArray<TreatmentCount> counts) => counts
        .Where(count => count.Witness.Length > 0 && count.State == "proven")
        // That the proof was one apart says nothing of who gave it.
        .Select(count => (count.Aspect, Witness: count.Witness.Split(", in a proof sandbox")[0]))
        .Distinct()
        .GroupBy(pair => pair.Witness)
        .OrderBy(group => group.Key, StringComparer.Ordinal)
        .Select(group => $"{group.Key} ({string.Join(", ", group.Select(pair => pair.Aspect).Order(StringComparer.Ordinal))})");

    private static string Aspects(IEnumerable<TreatmentCount> counts) => string.Join(", ", counts
        .GroupBy(count => count.Aspect)
        .Select(group => string.Create(CultureInfo.InvariantCulture, $"{group.Key} {group.Sum(count => count.Count)}")));
}
