using Harness.Core.Model;
using Harness.Host.Processes;
using Harness.Host.Provisioning;
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
        var here = Path.Combine(RunBuilder.Repository, "tests", "page");
        await Tools.RequireAsync("npm", "npm");
        if (!Directory.Exists(Path.Combine(here, "node_modules")) && Provisioner.AllowedByEnvironment)
        {
            var install = await new Command("npm", ["--prefix", here, "ci", "--no-audit", "--no-fund"]).RunAsync(TestContext.Current.CancellationToken);
            Assert.True(install.ExitCode == 0, install.Error);
        }

        Tools.SkipWhere(!Directory.Exists(Path.Combine(here, "node_modules")), $"{here} has no node_modules; 'npm ci' there, or HARNESS_PROVISION=1");
        var checkedBy = await new Command(Path.Combine(here, "node_modules", ".bin", tool), [.. arguments]) { WorkingDirectory = RunBuilder.Repository }.RunAsync(TestContext.Current.CancellationToken);
        Assert.True(checkedBy.ExitCode == 0, checkedBy.Output + checkedBy.Error);
    }
}
