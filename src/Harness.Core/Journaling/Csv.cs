using System.Globalization;
using CsvHelper;

namespace Harness.Core.Journaling;

/// <summary>The columns of the run's tables, and the one dialect all CSV is written in: comma, <c>\n</c>, UTF-8 without mark, invariant culture.</summary>
public static class Csv
{
    /// <summary>Columns of <c>trials.csv</c>.</summary>
    public static readonly ImmutableArray<string> TrialColumns =
    [
        "run_id", "trial_id", "host_id", "experiment", "cell", "userland", "image_digest", "kernel", "engine", "runtime", "accelerator",
        "variant", "probe", "block", "repetition", "warmup", "sandbox", "outcome", "exit_code", "signal", "detail", "started_at_utc", "duration_ns",
    ];

    /// <summary>Columns of <c>observations.csv</c>.</summary>
    public static readonly ImmutableArray<string> ObservationColumns =
        ["run_id", "trial_id", "metric", "subject", "value", "unit", "text"];

    /// <summary>Columns of <c>verdicts.csv</c>.</summary>
    public static readonly ImmutableArray<string> VerdictColumns =
        ["run_id", "experiment", "claim", "scope", "verdict", "basis", "headline", "summary", "trials"];

    /// <summary>The same of a run whose SQL is from before there were headlines.</summary>
    public static readonly ImmutableArray<string> VerdictColumnsBeforeHeadlines = VerdictColumns.Remove("headline");

    /// <summary>Columns of <c>checks.csv</c>.</summary>
    public static readonly ImmutableArray<string> CheckColumns = ["run_id", "experiment", "name", "holds", "summary", "trials"];

    /// <summary>Columns of <c>not_counted.csv</c>.</summary>
    public static readonly ImmutableArray<string> NotCountedColumns = ["run_id", "experiment", "claims", "reason", "remedy", "trials", "what"];

    /// <summary>Columns of verdicts, checks and other lists that hold whole numbers; all their others are texts.</summary>
    public static readonly ImmutableArray<string> Counts = ["trials", "times"];

    /// <summary>The dialect as it is written.</summary>
    public static CsvWriterOptions WriterOptions { get; } = CsvWriterOptions.Default with { NewLine = "\n", FormatProvider = CultureInfo.InvariantCulture };

    /// <summary>The dialect as it is read.</summary>
    public static CsvReaderOptions ReaderOptions { get; } = CsvReaderOptions.Default with { FormatProvider = CultureInfo.InvariantCulture };
}
