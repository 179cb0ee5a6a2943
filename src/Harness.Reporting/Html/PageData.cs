using System.Text;
using Harness.Core.Journaling;
using Harness.Core.Running;
using Harness.Reporting.Model;

namespace Harness.Reporting.Html;

/// <summary>What stands on the page beside the report itself: rows, figures and cells, and what the experiments' READMEs say.</summary>
public sealed record PageData
{
    /// <summary>What all rows of evidence may take together, and those of one claim at most, bytes.</summary>
    private const int EvidenceBudget = 650_000, MostEvidence = 150_000;

    /// <summary>What all figures may take together, bytes.</summary>
    private const int FigureBudget = 1_100_000;

    /// <summary>The report.</summary>
    public required Report Report { get; init; }

    /// <summary>The claims, as they stand on the page.</summary>
    public required ImmutableArray<ClaimPart> Claims { get; init; }

    /// <summary>The figures by id; those that are too large to stand in the page are missing.</summary>
    public required ImmutableDictionary<string, InlineFigure> Figures { get; init; }

    /// <summary>The letters that the figures use, once.</summary>
    public required string Sprite { get; init; }

    /// <summary>Every cell of the run.</summary>
    public required ImmutableArray<CellEntry> Cells { get; init; }

    /// <summary>The same for the page's script.</summary>
    public required string CellsJson { get; init; }

    /// <summary>Gathers it.</summary>
    /// <param name="report">The report.</param>
    /// <param name="facts">The run's.</param>
    /// <param name="target">Where its evidence and figures are.</param>
    public static PageData Of(Report report, RunFacts facts, RunFolder target)
    {
        var figures = new InlineFigures();
        var markup = ImmutableDictionary.CreateBuilder<string, InlineFigure>(StringComparer.Ordinal);
        var left = FigureBudget;
        foreach (var figure in report.Experiments.SelectMany(experiment => experiment.Figures.Where(figure => experiment.Lost(Analysis.DerivedPart.Figure, figure.Id).IsEmpty && experiment.Lost(Analysis.DerivedPart.Everything).IsEmpty)))
        {
            foreach (var file in figure.Files)
            {
                if (!markup.ContainsKey(file) && figures.Add(target, file, left) is { } svg)
                {
                    markup.Add(file, svg);
                    left -= svg.Markup.Length;
                }
            }
        }

        var cells = CellEntry.All(facts);
        var claims = report.Claims.ToImmutableArray();
        var budget = Math.Min(MostEvidence, EvidenceBudget / Math.Max(1, claims.Length));
        return new PageData
        {
            Report = report,
            Claims = ClaimPart.Of(report, facts.Folder, target, budget),
            Figures = markup.ToImmutable(),
            Sprite = figures.Sprite,
            Cells = cells,
            CellsJson = Html.CellsJson.Of(facts, cells),
        };
    }

    /// <summary>Text as the page shows it: what no reader would see is spelled out.</summary>
    public static string Shown(string text) => ShownText.Of(text);
}

/// <summary>A claim as it stands on the page.</summary>
public sealed record ClaimPart
{
    /// <summary>The claim.</summary>
    public required ClaimReport Claim { get; init; }

    /// <summary>The rows behind it; null where its file cannot be shown, which <see cref="Report"/> says.</summary>
    public required ClaimEvidence? Rows { get; init; }

    /// <summary>The rules of decision, HTML; empty where the README has none.</summary>
    public required string Rules { get; init; }

    /// <summary>The threats to validity, HTML; empty where the README has none.</summary>
    public required string Threats { get; init; }

    /// <summary>An earlier claim of the experiment, where what is empty here stands; null: this is the first.</summary>
    public required ClaimPart? See { get; init; }

    /// <summary>Its anchor: of the claim's id, and of the experiment's where an earlier one has judged it too.</summary>
    public required string Anchor { get; init; }

    /// <summary>The lines that judge it and list its rows, for DuckDB.</summary>
    public string Recipe => new StringBuilder()
        .Append("# in the run's folder: judge again, then list the rows\n")
        .Append(Reproduction.Judging(Claim.Experiment)).Append('\n')
        .Append($"duckdb -c \"FROM '{Claim.Evidence}'\"")
        .ToString();

    /// <summary>All of a report, in its order.</summary>
    public static ImmutableArray<ClaimPart> Of(Report report, RunFolder folder, RunFolder target, int budget)
    {
        var anchors = new HashSet<string>(StringComparer.Ordinal);
        return
        [
            .. report.Experiments.SelectMany(experiment => Of(
                experiment, folder, target, budget, claim => anchors.Add($"claim-{claim}") ? $"claim-{claim}" : $"claim-{claim}-{experiment.Id}")),
        ];
    }

    private static IEnumerable<ClaimPart> Of(ExperimentReport experiment, RunFolder folder, RunFolder target, int budget, Func<string, string> anchor)
    {
        var readme = ReadmeParts.Read(folder, experiment.Id);
        ImmutableArray<string> ids = [.. experiment.Claims.Select(claim => claim.Id)];
        var first = new Dictionary<string, ClaimPart>(StringComparer.Ordinal);
        foreach (var claim in experiment.Claims)
        {
            var rules = readme?.Html("Rules of decision", claim.Id, ids.Remove(claim.Id)) ?? "";
            var see = first.GetValueOrDefault(rules);
            var part = new ClaimPart
            {
                Claim = claim,
                Anchor = anchor(claim.Id),
                Rows = experiment.Lost(Analysis.DerivedPart.Evidence).IsEmpty ? ClaimEvidence.Read(target, claim.Evidence, budget) : null,
                Rules = see is null ? rules : "",
                Threats = claim.Id == ids[0] ? readme?.Html("Threats to validity") ?? "" : "",
                See = see ?? first.Values.FirstOrDefault(),
            };
            first.TryAdd(rules, part);
            yield return part;
        }
    }
}
