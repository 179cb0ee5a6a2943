using CsvHelper;
using Harness.Analysis;
using Harness.Analysis.Judging;
using Harness.Analysis.Statistics;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Reporting.Model;

namespace Harness.Reporting;

/// <summary>
/// Tries before the first trial what is done after the last: the SQL of each experiment on tables without rows, its figures on what that
/// gives. A mistake in them must not be found when the measuring is over.
/// </summary>
public static class Rehearsal
{
    /// <summary>Every mistake found, one line each, file and reason; none where all is well.</summary>
    /// <param name="folder">Where the definitions are.</param>
    /// <param name="experiments">Those that are to be run.</param>
    /// <param name="interruption">Ends it.</param>
    /// <exception cref="HarnessException">The claims' texts cannot be read.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public static ImmutableArray<string> Mistakes(ExperimentsFolder folder, ImmutableArray<ExperimentDefinition> experiments, CancellationToken interruption = default)
    {
        var claims = ClaimTexts.Read(Path.Combine(folder.Root, "claims.yaml"));
        var stage = Directory.CreateTempSubdirectory("harness-rehearsal-");
        try
        {
            var run = Empty(new RunFolder(stage.FullName), folder, experiments);
            return [.. experiments.SelectMany(experiment => Mistakes(run, folder, experiment, claims.ContainsKey, interruption))];
        }
        finally
        {
            stage.Delete(recursive: true);
        }
    }

    private static RunFolder Empty(RunFolder run, ExperimentsFolder folder, ImmutableArray<ExperimentDefinition> experiments)
    {
        foreach (var file in experiments.Select(experiment => Path.Combine(experiment.Id, "verdict.sql")).Append("schema.sql"))
        {
            if (File.Exists(Path.Combine(folder.Root, file)))
            {
                var copy = Path.Combine(run.Definitions, file);
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(Path.Combine(folder.Root, file), copy);
            }
        }

        DefinitionTables.Write(run, folder.Catalogue, folder.Kernels);
        Table(run.TrialsCsv, Csv.TrialColumns);
        Table(run.ObservationsCsv, Csv.ObservationColumns);
        return run;
    }

    private static void Table(string path, ImmutableArray<string> columns)
    {
        using var writer = CsvWriter.ToFile(path, Csv.WriterOptions);
        writer.WriteHeader(columns.AsSpan());
    }

    private static IEnumerable<string> Mistakes(
        RunFolder run, ExperimentsFolder folder, ExperimentDefinition experiment, Func<string, bool> isClaim, CancellationToken interruption)
    {
        var definition = Path.Combine(folder.Root, experiment.Id, "experiment.yaml");
        foreach (var claim in experiment.Claims.Where(claim => !isClaim(claim)))
        {
            yield return $"{definition}: claims: there is no claim '{claim}' in claims.yaml: add it, or name one that is there";
        }

        var failures = new List<AnalysisFailure>();
        Try(DerivedPart.Everything, () =>
        {
            using var database = RunDatabase.Open(run, experiment.Id, interruption);
            Try(DerivedPart.Verdicts, () =>
            {
                foreach (var row in VerdictEngine.ReadVerdicts(database, run.RunId, experiment.Id).Where(row => !experiment.Claims.Contains(row.Claim)))
                {
                    throw new HarnessException($"definitions/{experiment.Id}/verdict.sql: judges '{row.Claim}', which is not among the claims of its experiment.yaml");
                }
            });
            Try(DerivedPart.Checks, () => MethodCheck.Read(database, run.RunId, experiment.Id));
            Try(DerivedPart.NotCounted, () => NotCounted.Read(database, run.RunId, experiment.Id));
            Try(DerivedPart.Evidence, () => VerdictEngine.ReadEvidence(database, experiment.Id, _ => _ => { }));
            if (experiment.Timed)
            {
                Try(DerivedPart.Statistics, () => SampleRows.Read(database, $"definitions/{experiment.Id}/verdict.sql"));
            }

            foreach (var table in experiment.Tables)
            {
                Try(DerivedPart.Table, () => ReportTable.Read(experiment, table, database), table.Id);
            }

            foreach (var figure in experiment.Figures)
            {
                Try(DerivedPart.Figure, () => FigureImages(figure, database), figure.Id);
            }
        });
        foreach (var failure in failures)
        {
            // Of a figure's own mistakes the kind of figure does not know the file.
            yield return failure.Reason.StartsWith("definitions/", StringComparison.Ordinal)
                ? Path.Combine(folder.Root, failure.Reason["definitions/".Length..])
                : $"{definition}: {failure.What}: {failure.Reason}";
        }

        void Try(DerivedPart part, Action work, string figure = "")
        {
            if (AnalysisFailure.Of(run, experiment.Id, part, work, figure) is { } failure)
            {
                failures.Add(failure);
            }
        }

        void FigureImages(FigureDefinition figure, RunDatabase database) => Figures.FigureImages.Draw(figure, experiment, database, _ => figure.Caption);
    }
}
