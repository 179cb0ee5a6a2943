using Microsoft.Playwright;

namespace Harness.IntegrationTests.Page;

/// <summary>The machine's own Chromium, without a window, for one class of tests.</summary>
public sealed class Browser : IAsyncLifetime
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        var chromium = await Tools.RequireAsync("chromium", "chromium");
        _playwright = await Playwright.CreateAsync();
        // Root, as these tests often are, has no sandbox of Chromium's; what is shown is the harness's own page.
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, Args = ["--no-sandbox"] });
    }

    /// <summary>A page with what is told about it.</summary>
    public async Task<OpenPage> OpenAsync(string file, ColorScheme scheme = ColorScheme.Light, int width = 1280, bool script = true)
    {
        var context = await _browser!.NewContextAsync(new() { ColorScheme = scheme, ViewportSize = new() { Width = width, Height = 900 }, JavaScriptEnabled = script });
        return await OpenPage.LoadAsync(context, await context.NewPageAsync(), file);
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
    }
}

/// <summary>An open page, what it said on the console, and what it asked for.</summary>
public sealed class OpenPage : IAsyncDisposable
{
    private readonly IBrowserContext _context;

    private OpenPage(IBrowserContext context, IPage page) => (_context, Page) = (context, page);

    public IPage Page { get; }

    /// <summary>Errors, warnings and whatever else was logged.</summary>
    public List<string> Said { get; } = [];

    /// <summary>Addresses beside the page's own.</summary>
    public List<string> Asked { get; } = [];

    internal static async Task<OpenPage> LoadAsync(IBrowserContext context, IPage page, string file)
    {
        var open = new OpenPage(context, page);
        var address = new Uri(file).AbsoluteUri;
        page.Console += (_, message) => open.Said.Add($"{message.Type}: {message.Text}");
        page.PageError += (_, error) => open.Said.Add(error);
        page.Dialog += (_, dialog) => open.Said.Add($"dialog: {dialog.Message}");
        page.Request += (_, request) =>
        {
            if (request.Url.Split('#')[0] != address)
                open.Asked.Add(request.Url);
        };
        await page.GotoAsync(address);
        return open;
    }

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();
}
