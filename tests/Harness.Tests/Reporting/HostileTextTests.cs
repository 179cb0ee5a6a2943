using Harness.Core.Model;
using Harness.Reporting;
using Harness.Tests.Analysis;

namespace Harness.Tests.Reporting;

/// <summary>What a userland says reaches verdicts and reports: it must read as it is and do nothing.</summary>
public sealed class HostileTextTests : IDisposable
{
    private readonly RunBuilder _run = new();

    public void Dispose() => _run.Dispose();

    [Theory]
    [InlineData("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;")]
    [InlineData("a | b", "a \\| b")]
    [InlineData("two\nlines\tand a tab", "two lines and a tab")]
    [InlineData("\u001b[31mred", "\\\\x1b\\[31mred")]
    [InlineData("[x](javascript:alert(1))", "\\[x\\]\\(javascript:alert(1))")]
    [InlineData("![x](y)", "!\\[x\\]\\(y)")]
    [InlineData("`code` *bold* _it_ ~~no~~", "\\`code\\` \\*bold\\* \\_it\\_ \\~\\~no\\~\\~")]
    [InlineData("https://a.example www.b.example @someone", "https\\://a.example www\\.b.example \\@someone")]
    [InlineData("# no heading", "\\# no heading")]
    [InlineData("right\u202Eto left", "right\\\\x202eto left")]
    [InlineData("back\\|slash", "back\\\\\\|slash")]
    [InlineData("&lt;", "&amp;lt;")]
    [InlineData("6.18.44-fc-v669", "6.18.44-fc-v669")]
    public void Text_in_a_report_reads_as_it_is(string text, string markdown) => Assert.Equal(markdown, MarkdownText.Plain(text));

    [Theory]
    [InlineData("debian:12|host", "`debian:12\\|host`")]
    [InlineData("a`b", "``a`b``")]
    [InlineData("`", "`` ` ``")]
    [InlineData("a\\|b", "<code>a\\\\\\|b</code>")]
    [InlineData("a\nb", "`a b`")]
    public void Code_cannot_be_left(string text, string markdown) => Assert.Equal(markdown, MarkdownText.Code(text));

    [Fact]
    public void A_userland_that_reports_markup_as_its_release_changes_nothing_but_the_words()
    {
        const string hostile = "</td>|<script>alert(1)</script>\r\n# Heading\r\n[x](http://a.example) ,\"quoted\"";
        var folder = _run.HostCell().Container("runsc", readings: KernelReadings.Gvisor with { Release = hostile })
            .Unmeasured(Outcome.Broken, "<img src=x onerror=alert(1)> | `", "runc").Build();
        Derivation.Regenerate(folder);
        var report = File.ReadAllText(folder.ReportMd);
        Assert.DoesNotContain("<script", report, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img", report, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("\n# Heading", report, StringComparison.Ordinal);
        Assert.All(report.Split('\n').Where(line => line.StartsWith("| C1", StringComparison.Ordinal)), line => Assert.Equal(4, Bars(line)));
        Assert.DoesNotContain(Verification.Verify(folder, Harness.Analysis.EnvironmentFiles.Read(folder)[0]), finding => finding.IsFault);
    }

    [Fact]
    public void A_very_long_reading_is_shortened_in_the_verdict_and_whole_in_the_evidence()
    {
        var release = new string('x', 5000);
        var folder = _run.HostCell().Container("runsc", readings: KernelReadings.Gvisor with { Release = release }).Build();
        Derivation.Regenerate(folder);
        Assert.DoesNotContain(new string('x', 200), File.ReadAllText(folder.VerdictsCsv), StringComparison.Ordinal);
        Assert.Contains(release, File.ReadAllText(Path.Combine(folder.Evidence, "C1.csv")), StringComparison.Ordinal);
    }

    private static int Bars(string line) => line.Replace("\\\\", "", StringComparison.Ordinal).Replace("\\|", "", StringComparison.Ordinal).Count(character => character == '|');
}
