using Harness.Core.Model;
using Harness.Host.Processes;
using Harness.Reporting;
using Harness.Tests.Analysis;

namespace Harness.IntegrationTests.Page;

/// <summary>The page is valid HTML, by npm's html-validate, and its script is clean, by ESLint.</summary>
public sealed class MarkupTests : IDisposable
{
    private readonly RunBuilder _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public async Task The_page_is_valid_HTML()
    {
        var folder = _run.Usual().Unmeasured(Outcome.Broken, "</td><script>", block: 3).Build();
        Derivation.Regenerate(folder);
        await CheckAsync("html-validate", "--config", "tests/page/htmlvalidate.json", folder.ReportHtml);
    }

    [Fact]
    public Task The_script_is_clean() => CheckAsync("eslint", "--config", "tests/page/eslint.config.js", "--max-warnings", "0", "src/Harness.Reporting/Html/report.js");

    internal static async Task CheckAsync(string tool, params string[] arguments)
    {
        var checkedBy = await new Command(await NodeTools.RequireAsync("page", tool), [.. arguments]) { WorkingDirectory = RunBuilder.Repository }.RunAsync(TestContext.Current.CancellationToken);
        Assert.True(checkedBy.ExitCode == 0, checkedBy.Output + checkedBy.Error);
    }
}
