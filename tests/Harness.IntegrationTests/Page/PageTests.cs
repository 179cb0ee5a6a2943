using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Harness.Core.Model;
using Harness.Reporting;
using Harness.Tests.Analysis;
using Microsoft.Playwright;

namespace Harness.IntegrationTests.Page;

/// <summary>The page in a real browser: it shows what it holds, does what it offers, and asks for nothing.</summary>
public sealed class PageTests(Browser browser) : IClassFixture<Browser>, IDisposable
{
    private const string Hostile = "</script><img src=x onerror=alert(1)>\u001b[31m=cmd()\u202e";

    private readonly RunBuilder _run = new();

    public void Dispose() => _run.Dispose();

    [Theory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 1280)]
    [InlineData(ColorScheme.Light, 360)]
    [InlineData(ColorScheme.Dark, 360)]
    public async Task Nothing_of_it_is_out_of_reach_whatever_is_opened(ColorScheme scheme, int width)
    {
        await using var open = await browser.OpenAsync(Usual(), scheme, width);
        await open.Page.Locator("#explorer-map button").First.ClickAsync();
        await open.Page.EvaluateAsync("document.querySelectorAll('details').forEach(details => details.open = true)");
        var found = await open.Page.RunAxe();
        Assert.Empty(found.Violations.Select(violation => $"{violation.Id}: {violation.Help}: {violation.Nodes[0].Html}"));
        // Wide tables scroll in boxes of their own.
        Assert.Equal(0, await open.Page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth"));
        Assert.Empty(open.Said);
        Assert.Empty(open.Asked);
    }

    [Fact]
    public async Task The_keyboard_alone_reaches_every_control()
    {
        await using var open = await browser.OpenAsync(Usual());
        var page = open.Page;
        await page.EvaluateAsync("document.querySelectorAll('details').forEach(details => details.open = true)");
        await page.EvaluateAsync("document.querySelectorAll('a, button, input, select, summary, [tabindex=\"0\"]').forEach((element, i) => element.dataset.stop = i)");
        var wanted = await page.EvaluateAsync<string[]>(
            "[...document.querySelectorAll('[data-stop]')].filter(element => element.tabIndex >= 0 && element.getClientRects().length > 0).map(element => element.dataset.stop)");
        var reached = new HashSet<string>(StringComparer.Ordinal);
        for (var presses = 0; presses < wanted.Length + 20; presses++)
        {
            await page.Keyboard.PressAsync("Tab");
            reached.Add(await page.EvaluateAsync<string>("document.activeElement.dataset.stop ?? ''"));
        }

        Assert.Empty(wanted.Except(reached));
        Assert.True(wanted.Length > 40, $"only {wanted.Length} controls");

        // The map of cells is one stop; the arrow keys go through it.
        await page.Locator("#explorer-map button[tabindex='0']").FocusAsync();
        await page.Keyboard.PressAsync("ArrowDown");
        await page.Keyboard.PressAsync("Enter");
        Assert.Equal("debian:12, docker/runc", await page.Locator("#explorer-cell h3").TextContentAsync());
    }

    [Fact]
    public async Task A_table_of_rows_sorts_and_filters()
    {
        await using var open = await browser.OpenAsync(Usual());
        var page = open.Page;
        await page.Locator("#claim-C1 summary", new() { HasTextString = "The rows" }).ClickAsync();
        var table = page.Locator("#claim-C1 table.filtered");
        var header = table.Locator("th").First;
        var column = await header.EvaluateAsync<int>("header => header.cellIndex");
        await header.Locator("button").ClickAsync();
        Assert.Equal("ascending", await header.GetAttributeAsync("aria-sort"));
        var up = await Column();
        // What is missing is neither least nor most: it stands last.
        var filled = up.Where(value => value.Length > 0).ToList();
        Assert.Equal([.. filled.Order(StringComparer.Ordinal), .. up.Where(value => value.Length == 0)], up);
        Assert.True(filled.Distinct().Count() > 1);
        await header.Locator("button").ClickAsync();
        Assert.Equal("descending", await header.GetAttributeAsync("aria-sort"));
        List<string> down = [.. filled.OrderDescending(StringComparer.Ordinal), .. up.Where(value => value.Length == 0)];
        Assert.Equal(down, await Column());

        var all = up.Length;
        await page.Locator("#claim-C1 .filter input").FillAsync("runsc");
        var shown = await table.Locator("tbody tr:visible").AllTextContentsAsync();
        Assert.InRange(shown.Count, 1, all - 1);
        Assert.All(shown, row => Assert.Contains("runsc", row, StringComparison.Ordinal));
        Assert.Equal($"{shown.Count} of {all} rows", await page.Locator("#claim-C1 .filter [role=status]").TextContentAsync());
        await page.Locator("#claim-C1 .filter input").FillAsync("nothing like it");
        Assert.Equal(0, await table.Locator("tbody tr:visible").CountAsync());

        async Task<string[]> Column() => [.. await table.Locator($"tbody tr td:nth-child({column + 1})").AllTextContentsAsync()];
    }

    [Fact]
    public async Task The_map_of_cells_filters_and_shows_trials_with_readings()
    {
        var file = Derived(_run.Usual().Unmeasured(Outcome.Unavailable, "the image debian:12 is not available", block: 3).NotRun("runsc", 3));
        await using var open = await browser.OpenAsync(file);
        var page = open.Page;
        Assert.Equal("5 cells of 5, 12 trials", await page.Locator("#explorer-count").TextContentAsync());
        await page.GetByLabel("Cell, probe or reason contains").FillAsync("runsc debian");
        Assert.Equal("1 cell of 5, 3 trials", await page.Locator("#explorer-count").TextContentAsync());
        await page.GetByLabel("Cell, probe or reason contains").FillAsync("");
        foreach (var outcome in new[] { "ok", "not run" })
        {
            await page.Locator($"#explorer-controls input[value='{outcome}']").UncheckAsync();
        }

        Assert.Equal("1 cell of 5, 1 trial", await page.Locator("#explorer-count").TextContentAsync());
        await page.Locator("#explorer-map button").ClickAsync();
        Assert.Contains("the image debian:12 is not available", await page.Locator("#explorer-cell").TextContentAsync(), StringComparison.Ordinal);
        await page.Locator("#explorer-controls input[value='ok']").CheckAsync();
        Assert.Equal("5 cells of 5, 11 trials", await page.Locator("#explorer-count").TextContentAsync());
        await page.Locator("#explorer-map button", new() { HasTextString = "debian:12, docker/runsc" }).ClickAsync();
        await page.Locator("#explorer-cell table summary").First.ClickAsync();
        Assert.Contains("4.4.0", await page.Locator("#explorer-cell table ul").First.TextContentAsync(), StringComparison.Ordinal);
        Assert.Empty(open.Said);
    }

    [Fact]
    public async Task A_link_to_a_cell_opens_it()
    {
        await using var open = await browser.OpenAsync(Usual());
        var page = open.Page;
        var anchor = await page.Locator("#all-cells tbody tr", new() { HasTextString = "debian:12|host|docker/runsc" }).GetAttributeAsync("id");
        await page.EvaluateAsync($"location.hash = '{anchor}'");
        await page.Locator("#explorer-cell h3").WaitForAsync();
        Assert.Equal("debian:12, docker/runsc", await page.Locator("#explorer-cell h3").TextContentAsync());
        Assert.True(await page.Locator($"#{anchor!.Replace(".", "\\.", StringComparison.Ordinal)}").IsVisibleAsync());
    }

    [Fact]
    public async Task Whatever_a_run_says_stands_on_the_page_as_text()
    {
        var file = Derived(_run.HostCell().Container("runsc", readings: KernelReadings.Gvisor with { Release = Hostile })
            .Container("runc", userland: "<b>\"x'</b>").Unmeasured(Outcome.Broken, Hostile));
        await using var open = await browser.OpenAsync(file);
        var page = open.Page;
        foreach (var button in await page.Locator("#explorer-map button").AllAsync())
        {
            await button.ClickAsync();
        }

        await page.EvaluateAsync("document.querySelectorAll('details').forEach(details => details.open = true)");
        Assert.Equal(0, await page.Locator("img, body b, iframe").CountAsync());
        Assert.Equal(2, await page.Locator("script").CountAsync());
        Assert.Contains("</script><img src=x onerror=alert(1)>\\x1b[31m=cmd()\\u202e", await page.Locator("#gaps").TextContentAsync(), StringComparison.Ordinal);
        Assert.Equal(1, await page.Locator("#explorer-map th", new() { HasTextString = "<b>\"x'</b>" }).CountAsync());
        Assert.Empty(open.Said);
        Assert.Empty(open.Asked);
    }

    [Fact]
    public async Task Without_scripts_all_but_the_map_is_there()
    {
        await using var open = await browser.OpenAsync(Usual(), script: false);
        var page = open.Page;
        Assert.True(await page.Locator("#claim-C1 .finding").IsVisibleAsync());
        Assert.True(await page.Locator("#figure-kernel-identity svg").IsVisibleAsync());
        Assert.True(await page.Locator("noscript").First.IsVisibleAsync());
        Assert.False(await page.Locator("#explorer").IsVisibleAsync());
        await page.Locator("#all-cells summary").ClickAsync();
        Assert.Equal(5, await page.Locator("#all-cells tbody tr:visible").CountAsync());
        // No control that does nothing.
        Assert.Equal(0, await page.Locator("button:visible, input:visible").CountAsync());
    }

    [Fact]
    public async Task Printed_it_shows_what_is_folded_on_the_screen()
    {
        await using var open = await browser.OpenAsync(Usual());
        var page = open.Page;
        await page.EmulateMediaAsync(new() { Media = Media.Print });
        await page.EvaluateAsync("dispatchEvent(new Event('beforeprint'))");
        Assert.Equal(0, await page.Locator("details:not([open])").CountAsync());
        Assert.False(await page.Locator("#explorer").IsVisibleAsync());
        Assert.True(await page.Locator("#claim-C1 table.filtered").IsVisibleAsync());
    }

    private string Usual() => Derived(_run.Usual());

    private static string Derived(RunBuilder run)
    {
        var folder = run.Build();
        Derivation.Regenerate(folder);
        return folder.ReportHtml;
    }
}
