using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Harness.Tests.Reporting;

/// <summary>What holds of every page, whatever became of the run.</summary>
internal static partial class HtmlPage
{
    /// <summary>3 MB, as it is sent and kept.</summary>
    private const int Largest = 3_000_000;

    public static void Holds(string page)
    {
        Assert.True(Encoding.UTF8.GetByteCount(page) <= Largest, $"the page has {page.Length} characters");
        Assert.Distinct(Ids(page));
        // Every link within the page leads somewhere.
        Assert.Empty(LinkPattern().Matches(WithoutScripts(page)).Select(match => match.Groups[1].Value).Except(Ids(page)));
        Assert.DoesNotContain(" style=", WithoutScripts(page), StringComparison.Ordinal);
        Assert.Equal(2, Regex.Count(page, "<script"));
        Assert.Equal(2, Regex.Count(page, "</script"));
        using var cells = JsonDocument.Parse(Cells(page));
        Assert.True(cells.RootElement.TryGetProperty("cells", out _));
        Assert.DoesNotContain(page, character => char.IsControl(character) && character is not ('\n' or '\t'));
    }

    public static string Cells(string page) => CellsPattern().Match(page).Groups[1].Value;

    private static IEnumerable<string> Ids(string page) => IdPattern().Matches(WithoutScripts(page)).Select(match => match.Groups[1].Value);

    private static string WithoutScripts(string page) => ScriptPattern().Replace(page, "");

    [GeneratedRegex(" id=\"([^\"]*)\"")]
    private static partial Regex IdPattern();

    [GeneratedRegex(" href=\"#([^\"]*)\"")]
    private static partial Regex LinkPattern();

    [GeneratedRegex("id=\"cells-data\">(.*?)</script>", RegexOptions.Singleline)]
    private static partial Regex CellsPattern();

    [GeneratedRegex("<script.*?</script>", RegexOptions.Singleline)]
    private static partial Regex ScriptPattern();
}
