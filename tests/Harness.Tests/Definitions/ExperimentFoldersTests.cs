using Harness.Core.Definitions;
using Harness.Tests.Analysis;

namespace Harness.Tests.Definitions;

public sealed class ExperimentFoldersTests
{
    private static readonly string _root = Path.Combine(RunBuilder.Repository, "experiments");

    [Fact]
    public void Each_experiment_has_its_claims_its_verdict_and_its_rules_of_decision()
    {
        var claims = ClaimTexts.Read(Path.Combine(_root, "claims.yaml"));
        var experiments = ExperimentsFolder.Read(_root).Experiments;
        Assert.NotEmpty(experiments);
        Assert.All(experiments, experiment =>
        {
            Assert.All(experiment.Claims, claim => Assert.Contains(claim, claims.Keys));
            Assert.True(File.Exists(Path.Combine(experiment.Folder, "verdict.sql")), $"{experiment.Id} has no verdict.sql");
            Assert.Contains("## Rules of decision", File.ReadAllText(Path.Combine(experiment.Folder, "README.md")), StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Captions_end_as_sentences() =>
        Assert.All(
            ExperimentsFolder.Read(_root).Experiments.SelectMany(experiment => experiment.Figures.Select(figure => (figure.Id, figure.Caption)).Concat(experiment.Tables.Select(table => (table.Id, table.Caption)))),
            text => Assert.True(text.Caption.TrimEnd().EndsWith('.'), text.Id));

    [Fact]
    public void No_two_figures_would_write_the_same_file()
    {
        var figures = ExperimentsFolder.Read(_root).Experiments.SelectMany(experiment => experiment.Figures).Select(figure => figure.Id).ToList();
        Assert.Equal(figures.Distinct(), figures);
    }
}
