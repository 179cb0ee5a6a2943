using System.Runtime.InteropServices;
using CsvHelper;
using Harness.Core.Journaling;
using Harness.Core.Running;

namespace Harness.Reporting.Html;

/// <summary>The first readings of trials, and how many there are.</summary>
internal sealed class CellReadings
{
    private const int LongestText = 120;

    private readonly Dictionary<string, Kept> _byTrial;

    private CellReadings(Dictionary<string, Kept> byTrial) => _byTrial = byTrial;

    /// <summary>How many readings the trials have together, and how many of these are kept where at most so many are kept of one.</summary>
    public int Count(int most) => _byTrial.Values.Sum(kept => Math.Min(kept.Count, most));

    /// <summary>Those of some trials, at most so many of each.</summary>
    public static CellReadings Read(RunFolder folder, IEnumerable<string> trials, int most)
    {
        var byTrial = trials.ToDictionary(trial => trial, _ => new Kept(), StringComparer.Ordinal);
        using var reader = CsvReader.FromFile(folder.ObservationsCsv, Csv.ReaderOptions);
        while (reader.Read())
        {
            ref var kept = ref CollectionsMarshal.GetValueRefOrNullRef(byTrial, reader.GetString("trial_id"));
            if (System.Runtime.CompilerServices.Unsafe.IsNullRef(ref kept))
            {
                continue;
            }

            kept.Count++;
            if (kept.First.Count < most)
            {
                var value = reader.GetString("value");
                kept.First.Add((reader.GetString("metric"), Short(reader.GetString("subject")), value.Length > 0 ? $"{value} {reader.GetString("unit")}".TrimEnd() : Short(reader.GetString("text"))));
            }
        }

        return new CellReadings(byTrial);
    }

    /// <summary>A trial's.</summary>
    public (int Count, IReadOnlyList<(string Metric, string Subject, string Value)> First) Of(string trial) =>
        _byTrial.TryGetValue(trial, out var kept) ? (kept.Count, kept.First) : (0, []);

    private static string Short(string text)
    {
        var shown = ShownText.OneLine(text);
        return shown.Length <= LongestText ? shown : string.Concat(shown.AsSpan(0, char.IsHighSurrogate(shown[LongestText - 1]) ? LongestText - 1 : LongestText), "…");
    }

    private sealed class Kept
    {
        public int Count { get; set; }

        public List<(string Metric, string Subject, string Value)> First { get; } = [];
    }
}
