using System.Text;
using Harness.Reporting.Model;
using static Harness.Reporting.MarkdownText;

namespace Harness.Reporting.Exporting;

/// <summary>
/// What GitHub shows for a step of a job: verdicts, details under folds, pictures only where they have an address, since such a page has no files beside it. A summary of more than 1 MiB is
/// refused whole: what does not fit is left out from the end, and said to be.
/// </summary>
internal static class StepSummary
{
    // GitHub's limit is 1 MiB a step (docs.github.com, workflow commands); other output of the step may stand there too.
    private const int MostBytes = 900 * 1024;

    /// <summary>The whole text.</summary>
    internal static string Write(SaidRun said)
    {
        var text = new StringBuilder();
        Line(text, $"## {Plain(said.Report.Coverage)}");
        Line(text);
        Line(text, "| claim | verdict | in short |");
        Line(text, "|---|---|---|");
        foreach (var (claim, row) in said.Experiments.SelectMany(experiment => experiment.Claims).SelectMany(claim => claim.Whole.Select(row => (claim, row))))
        {
            Line(text, $"| {Plain(claim.Id)}: {Plain(claim.Text)} | **{Plain(row.Verdict)}** | {Plain(row.Lead)} |");
        }

        Line(text);
        PostMarkdown.About(text, said);
        Line(text);
        var left = 0;
        foreach (var part in said.Experiments.SelectMany(experiment => Parts(said, experiment)))
        {
            if (left > 0 || Encoding.UTF8.GetByteCount(text.ToString()) + Encoding.UTF8.GetByteCount(part) > MostBytes)
            {
                left++;
                continue;
            }

            text.Append(part);
        }

        if (left > 0)
        {
            Line(text, FormattableString.Invariant($"{left} more parts are left out: this page holds 1 MiB at most. The report of the run has all."));
        }

        return text.ToString();
    }

    private static IEnumerable<string> Parts(SaidRun said, ExperimentReport experiment)
    {
        foreach (var claim in experiment.Claims)
        {
            var part = new StringBuilder();
            Line(part, $"<details><summary>{Html(claim.Id)}: {Html(claim.Text)}</summary>");
            Line(part);
            PostMarkdown.Claim(part, claim);
            if (said.Request.Pictures is { } address)
            {
                PostMarkdown.Figures(part, said, experiment.Figures.Where(figure => figure.Claim == claim.Id), file => $"{address.TrimEnd('/')}/{file}");
            }

            Line(part, "</details>");
            Line(part);
            yield return part.ToString();
        }
    }

    private static string Html(string text) => System.Text.Encodings.Web.HtmlEncoder.Default.Encode(Core.Running.ShownText.OneLine(text));

    private static void Line(StringBuilder text, string line = "") => text.Append(line).Append('\n');
}
