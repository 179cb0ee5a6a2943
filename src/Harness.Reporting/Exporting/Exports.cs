using Harness.Analysis.Checking;
using Harness.Core;
using Harness.Core.Journaling;
using Harness.Reporting.Model;
using Harness.Reporting.Redacting;

namespace Harness.Reporting.Exporting;

/// <summary>What a run can be exported as.</summary>
public enum ExportKind
{
    /// <summary>The redacted run's folder, which <c>verify</c> and <c>report</c> accept.</summary>
    Folder,

    /// <summary>The same with <c>datapackage.json</c>.</summary>
    DataPackage,

    /// <summary>The same with <c>ro-crate-metadata.json</c>.</summary>
    RoCrate,

    /// <summary>The same with both, as one file.</summary>
    Zip,

    /// <summary>Verdicts as test cases.</summary>
    Junit,

    /// <summary>Verdicts and figures for the page of a CI job.</summary>
    StepSummary,

    /// <summary>Verdicts and figures for a post.</summary>
    Markdown,
}

/// <summary>What is to be exported, and where to.</summary>
/// <param name="Kinds">As what; each once.</param>
/// <param name="Target">With one kind its file or folder; with several a folder that gets all of them. Absolute.</param>
/// <param name="Redaction">What may leave.</param>
public sealed record ExportRequest(ImmutableArray<ExportKind> Kinds, string Target, RedactionOptions Redaction)
{
    /// <summary>The only claims that texts speak of; empty: all.</summary>
    public ImmutableArray<string> Claims { get; init; } = [];

    /// <summary>Where the pictures are: texts link them there. Null: in a folder of the post's own beside it, and nowhere for a step's summary.</summary>
    public string? Pictures { get; init; }

    /// <summary>A gate's answer, as <c>compare --gate --format json</c> writes it, for the test cases; or null.</summary>
    public string? Gate { get; init; }

    /// <summary>Who ran it; null: nobody is named.</summary>
    public string? Author { get; init; }

    /// <summary>The data's licence by its SPDX id; null: none is stated.</summary>
    public string? License { get; init; }
}

/// <summary>Writes a run for readers and programs elsewhere. Everything is made from a redacted copy, so that nothing private can be in it.</summary>
public static class Exports
{
    /// <summary>Whether a kind is the run's folder.</summary>
    private static bool IsFolder(ExportKind kind) => kind is ExportKind.Folder or ExportKind.DataPackage or ExportKind.RoCrate;

    /// <summary>Writes everything that was asked for and answers the paths, and what was taken out.</summary>
    /// <exception cref="HarnessException">The run cannot be exported, or the target is there.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public static (ImmutableArray<string> Paths, ImmutableArray<RedactionRow> Removed) Write(RunFolder folder, ExportRequest request, CancellationToken interruption = default)
    {
        using var scratch = ScratchFolder.Create("export");
        var stage = new RunFolder(Path.Combine(scratch.Path, "run"));
        var redacted = RunRedaction.Redact(folder, stage, request.Redaction, interruption);
        var input = redacted.Input;
        var removed = RedactionList.Read(stage);
        var report = Report.Of(input);
        if (request.Claims.FirstOrDefault(claim => report.Claims.All(judged => judged.Id != claim)) is { } unknown)
        {
            throw new HarnessException($"{folder.RunId}: judges no claim '{unknown}'; it judges {string.Join(", ", report.Claims.Select(claim => claim.Id).Distinct().Order(StringComparer.Ordinal))}");
        }

        var places = new ExportPlaces(request, input.Plan.RunId);
        places.Require();
        var said = new SaidRun(report, redacted, stage, request);
        foreach (var kind in request.Kinds.Where(kind => !IsFolder(kind) && kind != ExportKind.Zip))
        {
            interruption.ThrowIfCancellationRequested();
            switch (kind)
            {
                case ExportKind.Junit:
                    places.WriteFile(kind, JunitXml.Write(said));
                    break;
                case ExportKind.StepSummary:
                    places.WriteFile(kind, StepSummary.Write(said));
                    break;
                default:
                    places.WriteFile(kind, PostMarkdown.Write(said, places.PicturesOf(kind)));
                    places.CopyPictures(kind, stage, PostMarkdown.Pictures(said));
                    break;
            }
        }

        var whole = request.Kinds.Contains(ExportKind.Zip);
        Describe(stage, input, request, request.Kinds.Contains(ExportKind.DataPackage), request.Kinds.Contains(ExportKind.RoCrate), interruption);
        if (request.Kinds.FirstOrDefault(IsFolder, ExportKind.Zip) is var asFolder && asFolder != ExportKind.Zip)
        {
            places.CopyFolder(asFolder, stage);
        }

        if (whole)
        {
            Describe(stage, input, request, dataPackage: true, crate: true, interruption);
            ZipFile.Write(stage, input.Plan.RunId, input.Plan.CreatedAtUtc, places.Begin(ExportKind.Zip));
        }

        return (places.Written, removed);
    }

    private static void Describe(RunFolder stage, ReportInput input, ExportRequest request, bool dataPackage, bool crate, CancellationToken interruption)
    {
        if (dataPackage && !File.Exists(stage.DataPackage))
        {
            AtomicFile.Write(stage.DataPackage, DataPackage.Write(stage, input, request, interruption));
        }

        if (crate && !File.Exists(stage.Crate))
        {
            AtomicFile.Write(stage.Crate, ResearchCrate.Write(stage, input, request));
        }

        if (dataPackage || crate)
        {
            RunChecksums.RenewDerived(stage);
        }
    }
}

/// <summary>What texts are written from.</summary>
/// <param name="Report">What the run says.</param>
/// <param name="Redacted">What it was made from.</param>
/// <param name="Folder">The redacted run.</param>
/// <param name="Request">What was asked for.</param>
internal sealed record SaidRun(Report Report, RedactedRun Redacted, RunFolder Folder, ExportRequest Request)
{
    /// <summary>What the report was made from.</summary>
    internal ReportInput Input => Redacted.Input;

    /// <summary>The experiments with the claims that were asked for, and the figures that stand with those.</summary>
    internal IEnumerable<ExperimentReport> Experiments => Request.Claims.IsEmpty ? Report.Experiments : Report.Experiments
        .Select(experiment => experiment with
        {
            Claims = [.. experiment.Claims.Where(claim => Request.Claims.Contains(claim.Id))],
            Figures = [.. experiment.Figures.Where(figure => Request.Claims.Contains(figure.Claim))],
        })
        .Where(experiment => experiment.Claims.Length > 0);
}
