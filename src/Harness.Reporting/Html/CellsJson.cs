using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Harness.Analysis.Tables;
using Harness.Core.Running;
using Harness.Reporting.Model;

namespace Harness.Reporting.Html;

/// <summary>
/// The cells for the page's script, as compact as JSON allows: each text stands once in a list, and everything else names it by its place
/// there. What a page cannot hold is cut, trials of a cell first, then readings of a trial; the script says so from the counts.
/// </summary>
internal static class CellsJson
{
    /// <summary>What it may take, bytes.</summary>
    public const int Budget = 650_000;

    private const int MostTrials = 60;

    private static readonly ImmutableArray<int> _readings = [12, 8, 5, 3, 1, 0];

    private static readonly ImmutableArray<int> _trials = [MostTrials, 20, 5, 1, 0];

    // Everything that could end the element is escaped by this encoder, whatever else may pass.
    private static readonly JsonWriterOptions _options = new() { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) };

    /// <summary>What stands in the place of cells that are too many for a map.</summary>
    public const string None = """{"cells":[]}""";

    /// <summary>The text; it holds no <c>&lt;</c>.</summary>
    public static string Of(RunFacts facts, ImmutableArray<CellEntry> cells)
    {
        var shown = cells.SelectMany(cell => cell.Trials.Take(MostTrials)).Select(trial => trial.TrialId).Distinct(StringComparer.Ordinal).ToList();
        var readings = CellReadings.Read(facts.Folder, shown, _readings[0]);
        foreach (var (trials, most) in _trials.SelectMany(trials => (trials == MostTrials ? _readings : [0]).Select(most => (trials, most))))
        {
            // A trial and a reading take no less than this.
            if ((cells.Sum(cell => Math.Min(cell.Trials.Length, trials)) * 16L) + (readings.Count(most) * 8L) > Budget)
            {
                continue;
            }

            var text = Write(cells, readings, trials, most);
            if (text.WrittenCount <= Budget)
            {
                return System.Text.Encoding.UTF8.GetString(text.WrittenSpan);
            }
        }

        return None;
    }

    private static ArrayBufferWriter<byte> Write(ImmutableArray<CellEntry> cells, CellReadings readings, int trials, int most)
    {
        var texts = new Dictionary<string, int>(StringComparer.Ordinal);
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, _options);
        json.WriteStartObject();
        json.WriteStartArray("outcomes");
        foreach (var outcome in CellEntry.Outcomes)
        {
            json.WriteStringValue(outcome);
        }

        json.WriteEndArray();
        json.WriteStartArray("cells");
        foreach (var cell in cells)
        {
            Cell(json, cell, readings, trials, most, text => texts.TryGetValue(text, out var place) ? place : texts[text] = texts.Count);
        }

        json.WriteEndArray();
        json.WriteStartArray("texts");
        foreach (var text in texts.OrderBy(text => text.Value))
        {
            json.WriteStringValue(text.Key);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return buffer;
    }

    // [experiment, userland, kernel, engine/runtime, accelerator, variant, anchor, [outcome, trials, …], [trial, …]]
    private static void Cell(Utf8JsonWriter json, CellEntry entry, CellReadings readings, int trials, int most, Func<string, int> place)
    {
        var cell = entry.Cell;
        json.WriteStartArray();
        foreach (var text in new[] { entry.Experiment, cell.Userland, cell.Kernel, $"{cell.Engine}/{cell.Runtime}", cell.Accelerator, cell.Variant, entry.Anchor })
        {
            json.WriteNumberValue(place(ShownText.OneLine(text)));
        }

        json.WriteStartArray();
        foreach (var (outcome, number) in entry.Counts)
        {
            json.WriteNumberValue(CellEntry.Outcomes.IndexOf(outcome));
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
        json.WriteStartArray();
        foreach (var trial in entry.Trials.Take(trials))
        {
            Trial(json, trial, readings, most, place);
        }

        json.WriteEndArray();
        json.WriteEndArray();
    }

    // [probe, block, repetition, outcome, exit status or null, signal or null, detail, µs or null, readings there are, [metric, subject, value, …]]
    private static void Trial(Utf8JsonWriter json, TrialRow trial, CellReadings readings, int most, Func<string, int> place)
    {
        var (count, first) = readings.Of(trial.TrialId);
        json.WriteStartArray();
        json.WriteNumberValue(place(ShownText.OneLine(trial.Probe)));
        json.WriteNumberValue(trial.Block);
        json.WriteNumberValue(trial.Repetition);
        json.WriteNumberValue((int)trial.Outcome);
        Optional(trial.ExitCode);
        Optional(trial.Signal);
        json.WriteNumberValue(place(ShownText.OneLine(trial.Detail)));
        Optional(trial.DurationNs / 1000);
        json.WriteNumberValue(count);
        if (most > 0 && first.Count > 0)
        {
            json.WriteStartArray();
            foreach (var (metric, subject, value) in first.Take(most))
            {
                json.WriteNumberValue(place(metric));
                json.WriteNumberValue(place(subject));
                json.WriteNumberValue(place(value));
            }

            json.WriteEndArray();
        }

        json.WriteEndArray();

        void Optional(long? number)
        {
            if (number is { } value)
            {
                json.WriteNumberValue(value);
            }
            else
            {
                json.WriteNullValue();
            }
        }
    }
}
