using System.Globalization;

namespace Harness.Core.Model;

/// <summary>
/// How a row says that its image could not be had for now: the registry limits requests, or could not be reached. Such a row holds no reading,
/// so a resumed run takes it back and tries again.
/// </summary>
public static class RegistryWait
{
    private const string Limited = "limit until ";

    private static readonly ImmutableArray<string> _away = ["cannot be reached (", "does not answer in ", "fell silent for "];

    /// <summary>The sentence on a registry that limits requests.</summary>
    /// <param name="host">The registry.</param>
    /// <param name="until">When it can be asked again; null where it does not say.</param>
    /// <param name="now">The day that needs no date.</param>
    public static string Limit(string host, DateTimeOffset? until, DateTimeOffset now)
    {
        var when = until is not { } at ? "it is lifted (no time is known),"
            : at.UtcDateTime.ToString(at.UtcDateTime.Date == now.UtcDateTime.Date ? "HH:mm 'UTC'" : "yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
        return $"{Limited}{when} at the registry {host}: log in with 'docker login', or continue the run later with --resume";
    }

    /// <summary>A row's reasons as one text, a limit first: it is what the row waits for.</summary>
    public static string Join(IEnumerable<string> reasons) => string.Join("; ", reasons.Distinct().OrderBy(reason => !IsLimit(reason)));

    /// <summary>Whether a row's detail says that a registry limits requests.</summary>
    public static bool IsLimit(string detail) => detail.StartsWith(Limited, StringComparison.Ordinal);

    /// <summary>Whether a row is one that a resumed run tries again: not measured, for want of a registry.</summary>
    public static bool IsPending(string outcome, string detail) => outcome == Outcome.Unavailable.Text()
        && (IsLimit(detail) || (detail.Contains("the registry ", StringComparison.Ordinal) && _away.Any(words => detail.Contains(words, StringComparison.Ordinal))));
}
