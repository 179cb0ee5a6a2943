using System.Text.RegularExpressions;
using Harness.Core.Definitions;

namespace Harness.Tests.Analysis;

/// <summary>schema.sql is shared: who reads several experiments in one session must get the same sentences as who reads one.</summary>
public sealed partial class SharedSqlTests
{
    private static readonly string _experiments = Path.Combine(RunBuilder.Repository, "experiments");

    [Fact]
    public void No_experiment_defines_again_what_schema_sql_defines()
    {
        var shared = Defined(Path.Combine(_experiments, "schema.sql"));
        Assert.Contains("counted", shared);
        Assert.Contains("trial", shared);
        Assert.Equal(
            [],
            ExperimentsFolder.Read(_experiments).Experiments.Select(experiment => experiment.Id).SelectMany(id => Defined(Path.Combine(_experiments, id, "verdict.sql")).Intersect(shared).Select(name => $"{id}: {name}")));
    }

    private static List<string> Defined(string path) =>
        [.. Definition().Matches(File.ReadAllText(path)).Select(match => match.Groups[1].Value.ToLowerInvariant())];

    [GeneratedRegex(@"^\s*CREATE\s+(?:OR\s+REPLACE\s+)?(?:TEMP(?:ORARY)?\s+)?(?:MACRO|FUNCTION|VIEW|TABLE)\s+(?:IF\s+NOT\s+EXISTS\s+)?(\w+)", RegexOptions.IgnoreCase | RegexOptions.Multiline)]
    private static partial Regex Definition();
}
