using Harness.Core.Journaling;

namespace Harness.Reporting.Sites;

/// <summary>
/// What of a run's folder a site gives away. Every file of a run that enters a site passes here, and nowhere else: whoever redacts what is published
/// does it at this place. For now files are copied as they are.
/// </summary>
internal static class PublishedFiles
{
    /// <summary>What is copied, for readers.</summary>
    internal const string Said = "report.html, verdicts.csv and figures/";

    /// <summary>Copies a run's files into a folder that is there and holds none of them.</summary>
    internal static void Copy(RunFolder run, string target)
    {
        foreach (var file in new[] { run.ReportHtml, run.VerdictsCsv }.Where(File.Exists))
        {
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        }

        if (Directory.Exists(run.Figures))
        {
            var figures = Directory.CreateDirectory(Path.Combine(target, Path.GetFileName(run.Figures))).FullName;
            foreach (var file in Directory.EnumerateFiles(run.Figures))
            {
                File.Copy(file, Path.Combine(figures, Path.GetFileName(file)));
            }
        }
    }
}
