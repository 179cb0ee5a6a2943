using Harness.Analysis;
using Harness.Analysis.Checking;
using Harness.Analysis.Judging;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Reporting.Figures;
using Harness.Reporting.Html;
using Harness.Reporting.Model;

namespace Harness.Reporting;

/// <summary>Makes everything that follows from a run's rows: verdicts, evidence, statistics, figures, report.</summary>
public static class Derivation
{
    /// <summary>Makes the derived files again, first beside the old ones, then in their place.</summary>
    /// <exception cref="HarnessException">The sources are not what was sealed at the run's end, or the run is not whole.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted: what was there before still is.</exception>
    public static ReportInput Regenerate(RunFolder folder, CancellationToken interruption = default)
    {
        // Else making the report again would bless a reading that was changed after the run.
        if (RunChecksums.CheckSources(folder) is [var first, ..] findings)
        {
            throw new HarnessException($"{folder.Root}: {first}{(findings.Length > 1 ? $" (and {findings.Length - 1} more)" : "")}; 'harness verify' lists all; restore the run's own files");
        }

        var fresh = new RunFolder(Path.Combine(folder.Root, ".derived"));
        if (Directory.Exists(fresh.Root))
        {
            Directory.Delete(fresh.Root, recursive: true);
        }

        CreateFolder(fresh.Root);
        try
        {
            var input = Write(folder, fresh, interruption);
            MoveIntoPlace(fresh, folder);
            RunChecksums.RenewDerived(folder);
            return input;
        }
        finally
        {
            Directory.Delete(fresh.Root, recursive: true);
        }
    }

    /// <summary>Writes all derived files into <paramref name="target"/>, a folder that is there or is created. What cannot be derived costs itself alone.</summary>
    /// <exception cref="HarnessException">The run is not whole.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public static ReportInput Write(RunFolder folder, RunFolder target, CancellationToken interruption = default)
    {
        var facts = RunFacts.Read(folder);
        Directory.CreateDirectory(target.Figures);
        var treatments = new List<TreatmentCount>();
        var (tables, parts) = (ImmutableArray.CreateBuilder<ReportTable>(), ImmutableDictionary.CreateBuilder<string, int>(StringComparer.Ordinal));
        var analysis = RunAnalysis.Write(
            folder, facts.Plan.RunId, facts.Experiments, target,
            (experiment, database) =>
            {
                treatments.AddRange(TreatmentTable.Read(database, experiment.Id));
                return ReportTable.WriteAll(facts.Folder, experiment, database, target, tables).Concat(Draw(facts, experiment, database, target, parts));
            },
            interruption);
        var input = new ReportInput(facts, analysis) { Treatments = TreatmentTable.Sum(treatments), Tables = tables.ToImmutable(), FigureParts = parts.ToImmutable() };
        var report = Report.Of(input);
        if (AnalysisFailure.Of(folder, "", DerivedPart.Page, () => AtomicFile.Write(target.ReportHtml, HtmlReport.Write(report, facts, target))) is { } failure)
        {
            input = input with { Failures = input.Failures.Add(failure) };
            report = report with { Failures = input.Failures };
        }

        AtomicFile.Write(target.ReportMd, ReportText.Write(report));
        return input;
    }

    private static IEnumerable<AnalysisFailure> Draw(
        RunFacts facts, ExperimentDefinition experiment, RunDatabase database, RunFolder target, ImmutableDictionary<string, int>.Builder parts) =>
        experiment.Figures
            .Select(figure => AnalysisFailure.Of(
                facts.Folder, experiment.Id, DerivedPart.Figure,
                () =>
                {
                    var images = FigureImages.Draw(figure, experiment, database, table => FigureCaption.For(figure, table, facts));
                    parts[figure.Id] = 1 + images.More.Length;
                    foreach (var (image, name) in images.More.Prepend(images).Zip(FigureFiles.Names(figure.Id, parts)))
                    {
                        File.WriteAllBytes(Path.Combine(target.Figures, name + ".svg"), [.. image.Svg]);
                        File.WriteAllBytes(Path.Combine(target.Figures, name + ".png"), [.. image.Png]);
                    }
                },
                figure.Id))
            .OfType<AnalysisFailure>();

    private static void CreateFolder(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HarnessException($"{path}: cannot be written ({e.Message.ReplaceLineEndings(" ")}); copy the run to a folder that can be, or check it with 'harness verify', which writes nothing there", e);
        }
    }

    private static void MoveIntoPlace(RunFolder fresh, RunFolder folder)
    {
        foreach (var (from, to) in new[] { (fresh.Evidence, folder.Evidence), (fresh.Figures, folder.Figures), (fresh.Statistics, folder.Statistics), (fresh.Tables, folder.Tables) })
        {
            if (Directory.Exists(to))
            {
                Directory.Delete(to, recursive: true);
            }

            if (Directory.Exists(from))
            {
                Directory.Move(from, to);
            }
        }

        File.Move(fresh.VerdictsCsv, folder.VerdictsCsv, overwrite: true);
        File.Move(fresh.ChecksCsv, folder.ChecksCsv, overwrite: true);
        if (File.Exists(fresh.NotCountedCsv))
        {
            File.Move(fresh.NotCountedCsv, folder.NotCountedCsv, overwrite: true);
        }

        File.Move(fresh.ReportMd, folder.ReportMd, overwrite: true);
        File.Delete(folder.ReportHtml);
        if (File.Exists(fresh.ReportHtml))
        {
            File.Move(fresh.ReportHtml, folder.ReportHtml);
        }
    }
}
