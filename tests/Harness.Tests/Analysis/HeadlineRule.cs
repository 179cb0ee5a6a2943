using System.Text.RegularExpressions;
using Harness.Analysis.Judging;

namespace Harness.Tests.Analysis;

/// <summary>What every headline keeps to, whatever a run measured: asked of each verdict that any test of the shipped SQL judges.</summary>
internal static partial class HeadlineRule
{
    /// <summary>Fails where a headline breaks it.</summary>
    public static void Holds(VerdictRow row)
    {
        var said = $"{row.Claim} [{row.Scope}] {row.Verdict}: '{row.Headline}'";
        Assert.True(row.Headline.EnumerateRunes().Count() is > 0 and <= Verdicts.HeadlineLength, said);
        // Cut short by the macro: what was put together was too long.
        Assert.False(row.Headline.EndsWith('…'), said);
        Assert.False(row.Headline.Any(char.IsControl), said);
        Assert.False(row.Headline.Contains('|', StringComparison.Ordinal) && !row.Headline.Contains("a|b", StringComparison.Ordinal), said);
        Assert.DoesNotContain("ENOENT", row.Headline, StringComparison.Ordinal);
        Assert.DoesNotContain("NULL", row.Headline.Replace("(NULL", "(", StringComparison.Ordinal), StringComparison.Ordinal);
        // A list of more than three: 'a, b, c and d'.
        Assert.False(LongList().IsMatch(row.Headline), said);
    }

    [GeneratedRegex("[^,;:(]+(, [^,;:()]+){2,} and |(, [^,;:()]*){4,}")]
    private static partial Regex LongList();
}
