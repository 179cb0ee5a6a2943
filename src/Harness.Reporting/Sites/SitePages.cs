using System.Globalization;
using Harness.Reporting.Html;

namespace Harness.Reporting.Sites;

/// <summary>The pages of a site. They load nothing and run no script, as the page of a run.</summary>
internal static class SitePages
{
    private static readonly string _style = HtmlReport.Own("site.css");

    internal static string Index(Site site) => Page("Harness: what the runs found", HtmlReport.Rendered<SiteIndex>(new Dictionary<string, object?> { [nameof(SiteIndex.Of)] = site }));

    internal static string Times(Site site, string experiment, ImmutableArray<TimeSeries> series) => Page(
        $"Harness: times of {experiment}",
        HtmlReport.Rendered<SiteTimes>(new Dictionary<string, object?> { [nameof(SiteTimes.Of)] = series, [nameof(SiteTimes.Experiment)] = experiment, [nameof(SiteTimes.Site)] = site }));

    internal static string TimesFile(string experiment) => $"times-{experiment}.html";

    internal static string TableFile(string experiment) => $"times-{experiment}.csv";

    internal static string Day(RunSummary run) => run.CreatedAtUtc.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    internal static string Instant(RunSummary run) => run.CreatedAtUtc.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>A run's hosts for readers: several are counted.</summary>
    internal static string Host(RunSummary run) => run.Hosts is [var host] ? $"{host.Id} ({host.System}, {host.Kernel}, {host.Architecture})" : string.Create(CultureInfo.InvariantCulture, $"{run.Hosts.Length} hosts");

    /// <summary>A number and its noun.</summary>
    internal static string Count(int number, string noun) => string.Create(CultureInfo.InvariantCulture, $"{number} {noun}{(number == 1 ? "" : "s")}");

    private static string Page(string title, string body) =>
        HtmlReport.Page(title, body, head: "<link rel=\"alternate\" type=\"application/atom+xml\" title=\"Verdicts that changed\" href=\"feed.xml\">\n", style: _style);
}
