namespace Harness.Analysis.Checking;

/// <summary>What a check of a run's folder says of one file.</summary>
/// <param name="File">Path relative to the run's folder.</param>
/// <param name="Message">What is wrong with it, or why it was not checked; follows the file's name in a sentence.</param>
/// <param name="IsFault">False: a remark only.</param>
public sealed record Finding(string File, string Message, bool IsFault)
{
    /// <summary>Whether what the file says could not be proven; a remark.</summary>
    public bool IsUnproven { get; init; }

    /// <summary>Whether it says that the run is one that was redacted; a remark.</summary>
    public bool IsRedacted { get; init; }

    /// <summary>Something is wrong.</summary>
    public static Finding Fault(string file, string message) => new(file, message, IsFault: true);

    /// <summary>Something a reader must know, and no fault.</summary>
    public static Finding Remark(string file, string message) => new(file, message, IsFault: false);

    /// <inheritdoc/>
    public override string ToString() => $"{File}: {Message}";
}
