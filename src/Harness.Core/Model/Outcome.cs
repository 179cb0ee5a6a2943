namespace Harness.Core.Model;

/// <summary>How a trial ended. A crash of the program under test is a result; <see cref="Broken"/> never is.</summary>
public enum Outcome
{
    /// <summary>Exit status zero.</summary>
    Ok,

    /// <summary>A non-zero exit status, or the output limit was exceeded.</summary>
    Failed,

    /// <summary>Ended by a signal, or the guest panicked.</summary>
    Crashed,

    /// <summary>Could not be executed there: wrong architecture, no such file.</summary>
    Refused,

    /// <summary>Did not end in the time it was given.</summary>
    Timeout,

    /// <summary>A precondition is missing (image, runtime, accelerator, tool): nothing was tried.</summary>
    Unavailable,

    /// <summary>The harness, the engine or the reporting channel failed: nothing is known.</summary>
    Broken,
}

/// <summary>The spelling of outcomes in CSV and SQL.</summary>
public static class Outcomes
{
    /// <summary>Lower-case name, as <c>trials.csv</c> has it.</summary>
    public static string Text(this Outcome outcome) => outcome.ToString().ToLowerInvariant();

    /// <summary>The inverse of <see cref="Text"/>.</summary>
    /// <exception cref="FormatException">The text names no outcome.</exception>
    public static Outcome Parse(string text) =>
        Enum.TryParse<Outcome>(text, ignoreCase: true, out var outcome) && outcome.Text() == text
            ? outcome
            : throw new FormatException($"'{text}' is not an outcome");

    /// <summary>Whether something was observed: not <c>unavailable</c> and not <c>broken</c>.</summary>
    public static bool IsMeasured(this Outcome outcome) => outcome is not (Outcome.Unavailable or Outcome.Broken);
}
