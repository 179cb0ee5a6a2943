using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Harness.Tests.Sites;
using Microsoft.Playwright;

namespace Harness.IntegrationTests.Page;

/// <summary>A site's pages in a real browser: they show what they hold and ask for nothing.</summary>
public sealed class SitePageTests(Browser browser) : IClassFixture<Browser>, IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("harness-test-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData("index.html", ColorScheme.Light, 1280)]
    [InlineData("index.html", ColorScheme.Dark, 360)]
    [InlineData("times-startup.html", ColorScheme.Dark, 1280)]
    [InlineData("times-startup.html", ColorScheme.Light, 360)]
    public async Task Nothing_of_it_is_out_of_reach(string page, ColorScheme scheme, int width)
    {
        MadeUpSite.Write(_root, 60);
        await using var open = await browser.OpenAsync(Path.Combine(_root, page), scheme, width);
        await open.Page.EvaluateAsync("document.querySelectorAll('details').forEach(details => details.open = true)");
        var found = await open.Page.RunAxe();
        Assert.Empty(found.Violations.Select(violation => $"{violation.Id}: {violation.Help}: {violation.Nodes[0].Html}"));
        Assert.Equal(0, await open.Page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth"));
        Assert.Empty(open.Said);
        Assert.Empty(open.Asked);
    }

    [Fact]
    public async Task Every_link_to_a_page_or_a_picture_leads_somewhere()
    {
        MadeUpSite.Write(_root, 12);
        foreach (var page in (string[])["index.html", "times-startup.html"])
        {
            await using var open = await browser.OpenAsync(Path.Combine(_root, page), script: false);
            var links = await open.Page.Locator("a[href]").EvaluateAllAsync<string[]>("links => links.map(link => link.getAttribute('href'))");
            Assert.NotEmpty(links);
            // What runs bring with them is not made up here.
            Assert.All(links.Where(link => !link.StartsWith("runs/", StringComparison.Ordinal) && link[0] != '#'), link => Assert.True(File.Exists(Path.Combine(_root, link)), link));
            Assert.All(await Task.WhenAll(links.Where(link => link[0] == '#').Select(link => open.Page.Locator($"[id='{link[1..]}']").CountAsync())), count => Assert.Equal(1, count));
        }
    }

    [Fact]
    public async Task The_pages_are_valid_HTML()
    {
        MadeUpSite.Write(_root, 12);
        await MarkupTests.CheckAsync("html-validate", "--config", "tests/page/htmlvalidate.json", Path.Combine(_root, "index.html"), Path.Combine(_root, "times-startup.html"));
    }
}
