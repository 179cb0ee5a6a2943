using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Harness.Core.Journaling;
using Harness.Core.Running;
using Harness.Reporting.Model;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Harness.Reporting.Html;

/// <summary>
/// Writes <c>report.html</c>: one file that asks for nothing, runs no script but its own, and reads without any. The same bytes for the same
/// run on one platform; on another the figures in it may differ.
/// </summary>
public static partial class HtmlReport
{
    private static readonly string _style = Own("report.css");
    private static readonly string _script = Own("report.js");

    /// <summary>The whole page.</summary>
    /// <param name="report">What it says.</param>
    /// <param name="facts">The run's.</param>
    /// <param name="target">Where the run's evidence and figures are.</param>
    public static string Write(Report report, RunFacts facts, RunFolder target)
    {
        var data = PageData.Of(report, facts, target);
        var page = new StringBuilder();
        page.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        page.Append($"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src '{Sum(_script)}'; style-src '{Sum(_style)}'; base-uri 'none'; form-action 'none'\">\n");
        page.Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n");
        page.Append($"<title>{System.Text.Encodings.Web.HtmlEncoder.Default.Encode(ShownText.OneLine($"Run {Short(report.RunId)}"))}</title>\n");
        page.Append($"<style>{_style}</style>\n</head>\n<body>\n");
        page.Append(Body(data));
        page.Append($"\n<script type=\"application/json\" id=\"cells-data\">{data.CellsJson}</script>\n<script>{_script}</script>\n</body>\n</html>\n");
        return page.Replace("\r\n", "\n").ToString();
    }

    /// <summary>A page without its figures: what is the same on every platform.</summary>
    public static string WithoutFigures(string page) => FigurePattern().Replace(page, "");

    private static string Body(PageData data)
    {
        using var services = new ServiceCollection().BuildServiceProvider();
        using var renderer = new HtmlRenderer(services, NullLoggerFactory.Instance);
        // Blocks, as all that derives files does: no component waits for anything.
        var body = renderer.Dispatcher.InvokeAsync(async () =>
        {
            var root = await renderer.RenderComponentAsync<Body>(ParameterView.FromDictionary(new Dictionary<string, object?> { [nameof(Html.Body.Data)] = data }));
            return root.ToHtmlString();
        }).GetAwaiter().GetResult();
        return body;
    }

    private static string Own(string name)
    {
        using var stream = typeof(HtmlReport).Assembly.GetManifestResourceStream($"Html/{name}") ?? throw new InvalidOperationException($"{name} is not in the program");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    private static string Sum(string text) => $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}";

    private static string Short(string id) => id.Length <= 60 ? id : id[..60] + "…";

    [GeneratedRegex("<svg .*?</svg>", RegexOptions.Singleline)]
    private static partial Regex FigurePattern();
}
