using System.Security.Cryptography;
using System.Text;

namespace Harness.Core.Model;

/// <summary>One execution of one probe in one cell, as planned.</summary>
/// <param name="Experiment">The experiment's id.</param>
/// <param name="Cell">Where it runs.</param>
/// <param name="Probe">The probe's id.</param>
/// <param name="Block">The pass over all cells it belongs to, from 1.</param>
/// <param name="Repetition">Counts executions within the block, from 1.</param>
/// <param name="Warmup">Run and kept, but left out of summaries.</param>
public sealed record PlannedTrial(string Experiment, Cell Cell, string Probe, int Block, int Repetition, bool Warmup)
{
    /// <summary>
    /// The trial's identity, the same whenever and however often it is run on that host:
    /// the first 16 hex digits of SHA-256 over host, experiment, cell, probe, block and repetition, NUL-separated.
    /// </summary>
    public string Id(string hostId)
    {
        var text = string.Join('\0', hostId, Experiment, Cell.Name, Probe, Invariant(Block), Invariant(Repetition));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];
    }

    private static string Invariant(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>One reading of a trial: exactly one of <see cref="Value"/> and <see cref="Text"/>.</summary>
public sealed record Observation
{
    private Observation(string metric, string subject, decimal? value, string? text) =>
        (Metric, Subject, Value, Text) = (metric, subject, value, text);

    /// <summary>The declared metric's id.</summary>
    public string Metric { get; }

    /// <summary>What it is about (<c>437</c>, <c>create</c>, <c>n=16</c>); empty where the metric says it all.</summary>
    public string Subject { get; }

    /// <summary>A number in the metric's unit, or null.</summary>
    public decimal? Value { get; }

    /// <summary>A text, or null.</summary>
    public string? Text { get; }

    /// <summary>A numeric reading.</summary>
    public static Observation Number(string metric, string subject, decimal value) => new(metric, subject, value, null);

    /// <summary>A textual reading.</summary>
    public static Observation OfText(string metric, string subject, string text) => new(metric, subject, null, text);
}

/// <summary>A trial that has been run (or could not be): one row of <c>trials.csv</c> without the run's own columns.</summary>
public sealed record TrialResult
{
    /// <summary>What was planned.</summary>
    public required PlannedTrial Trial { get; init; }

    /// <summary>How it ended.</summary>
    public required Outcome Outcome { get; init; }

    /// <summary>Exit status; null where a signal ended it or nothing ran.</summary>
    public int? ExitCode { get; init; }

    /// <summary>The signal's number, or null.</summary>
    public int? Signal { get; init; }

    /// <summary>Why, in one line, where the outcome alone does not say it; else empty.</summary>
    public string Detail { get; init; } = "";

    /// <summary>The container or VM it ran in; empty where none was started.</summary>
    public string Sandbox { get; init; } = "";

    /// <summary>The image's digest or content hash; empty where there is none.</summary>
    public string ImageDigest { get; init; } = "";

    /// <summary>When it began, by the harness's clock.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>From exec to exit on the sandbox's monotonic clock, ns; null where nothing ran.</summary>
    public long? DurationNs { get; init; }

    /// <summary>The readings, in the order in which they came.</summary>
    public ImmutableArray<Observation> Observations { get; init; } = [];
}
