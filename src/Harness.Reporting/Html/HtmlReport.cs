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
        return Page(
            $"Run {Short(report.RunId)}",
            Rendered<Body>(new Dictionary<string, object?> { [nameof(Html.Body.Data)] = data }),
            $"<script type=\"application/json\" id=\"cells-data\">{data.CellsJson}</script>\n");
    }

    /// <summary>A page of its own with the report's style, which asks for nothing.</summary>
    /// <param name="title">What the browser calls it; of any origin.</param>
    /// <param name="body">HTML.</param>
    /// <param name="data">HTML behind the body, which the report's script reads; null: a page without script.</param>
    /// <param name="head">HTML of the page's head: links to what belongs to it.</param>
    /// <param name="style">Style behind the report's.</param>
    internal static string Page(string title, string body, string? data = null, string head = "", string style = "")
    {
        style = _style + style;
        var page = new StringBuilder();
        page.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        page.Append($"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; {(data is null ? "" : $"script-src '{Sum(_script)}'; ")}style-src '{Sum(style)}'; base-uri 'none'; form-action 'none'\">\n");
        page.Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n");
        page.Append($"<title>{Text(title)}</title>\n");
        page.Append($"{head}<style>{style}</style>\n</head>\n<body>\n");
        page.Append(body);
        page.Append(data is null ? "\n</body>\n</html>\n" : $"\n{data}<script>{_script}</script>\n</body>\n</html>\n");
        return page.Replace("\r\n", "\n").ToString();
    }

    /// <summary>Text of any origin as HTML, on one line.</summary>
    internal static string Text(string text) => System.Text.Encodings.Web.HtmlEncoder.Default.Encode(ShownText.OneLine(text));

    /// <summary>A page without its figures: what is the same on every platform.</summary>
    public static string WithoutFigures(string page) => FigurePattern().Replace(page, "");

    /// <summary>A component as HTML.</summary>
    internal static string Rendered<T>(Dictionary<string, object?> parameters)
        where T : IComponent
    {
        using var services = new ServiceCollection().BuildServiceProvider();
        using var renderer = new HtmlRenderer(services, NullLoggerFactory.Instance);
        // Blocks, as all that derives files does: no component waits for anything.
        return renderer.Dispatcher.InvokeAsync(async () => (await renderer.RenderComponentAsync<T>(ParameterView.FromDictionary(parameters))).ToHtmlString()).GetAwaiter().GetResult();
    }

    /// <summary>A source file of the program.</summary>
    internal static string Own(string name)
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
