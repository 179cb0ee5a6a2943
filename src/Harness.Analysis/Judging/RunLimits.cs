using System.Globalization;

namespace Harness.Analysis.Judging;

/// <summary>What the SQL of an experiment may take.</summary>
/// <param name="Memory">To begin with, in DuckDB's spelling.</param>
/// <param name="Most">Where it asked for more memory than that, and could not use a file instead.</param>
/// <param name="Patience">Altogether, its views and figures included.</param>
internal sealed record RunLimits(string Memory, string Most, TimeSpan Patience)
{
    /// <summary>
    /// The limits of every run: 512 MiB are enough for a million trials, and little beside what else runs on a host; then half of the memory
    /// that there is for this process; ten minutes, where a million trials take seconds.
    /// </summary>
    public static RunLimits Usual { get; } = new(
        "512MiB",
        $"{(Math.Max(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2, 1L << 30) >> 20).ToString(CultureInfo.InvariantCulture)}MiB",
        TimeSpan.FromMinutes(10));
}
