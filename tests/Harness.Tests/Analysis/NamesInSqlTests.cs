using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Harness.Core.Definitions;
using Harness.Core.Planning;

namespace Harness.Tests.Analysis;

/// <summary>SQL asks what a runtime or a kernel is (<c>kind_of</c>, <c>is_usual_runtime</c>, the view <c>kernel</c>), so that a new one needs no query changed.</summary>
public sealed partial class NamesInSqlTests
{
    private static readonly ExperimentsFolder _experiments = ExperimentsFolder.Read(Path.Combine(RunBuilder.Repository, "experiments"));

    /// <summary>Every file with SQL, and every query of a figure or table.</summary>
    public static TheoryData<string, string> Queries =>
    [
        .. Directory.EnumerateFiles(_experiments.Root, "*.sql", SearchOption.AllDirectories).Select(file => (Path.GetRelativePath(_experiments.Root, file), File.ReadAllText(file))),
        .. _experiments.Experiments.SelectMany(experiment => experiment.Figures.Select(figure => ($"{experiment.Id}: figure {figure.Id}", figure.Sql))),
        .. _experiments.Experiments.SelectMany(experiment => experiment.Tables.Select(table => ($"{experiment.Id}: table {table.Id}", table.Sql))),
    ];

    [Theory]
    [MemberData(nameof(Queries))]
    public void No_query_names_a_runtime_or_a_kernel(string where, string sql)
    {
        Assert.NotEmpty(where);
        Assert.Equal([], Named(sql));
    }

    [Theory]
    [InlineData("SELECT * FROM trial WHERE runtime = 'runc'", "'runc'")]
    [InlineData("SELECT * FROM trial AS t WHERE t.runtime <> 'host'", "t.runtime <> 'host'")]
    [InlineData("SELECT CASE r.runtime WHEN 'host' THEN 1 END FROM trial AS r", "CASE r.runtime WHEN 'host'")]
    [InlineData("SELECT * FROM trial WHERE only_runtime NOT IN ('', 'later')", "only_runtime NOT IN ('', 'later')")]
    [InlineData("SELECT * FROM trial WHERE runtime LIKE 'run%'", "runtime LIKE 'run%'")]
    [InlineData("SELECT * FROM trial WHERE cell LIKE '%|docker/runc|%'", "'%|docker/runc|%'")]
    [InlineData("SELECT regexp_matches(cell, '(^|/)(runc|crun)$')", "'(^|/)(runc|crun)$'")]
    [InlineData("SELECT if(kernel = 'debian-trixie', '13', '')", "'debian-trixie'")]
    [InlineData("SELECT kind_of(runtime) = 'vm' AND kernel = 'host', 'add the runtime `qemu`' -- as 'runc'", null)]
    public void A_name_in_a_query_is_found(string sql, string? found) => Assert.Equal(found is null ? [] : [found], Named(sql));

    // What a query compares, and not what it says to people: 'add the runtime `qemu`' is a sentence.
    private static ImmutableArray<string> Named(string sql)
    {
        var code = Comment().Replace(sql, "");
        var names = KnownRuntimes.All.Where(runtime => runtime.Kind != RuntimeKind.Process).Select(runtime => runtime.Name).Concat(_experiments.Kernels.Kernels.Select(kernel => kernel.Id));
        var named = new Regex($@"(?<![a-z-])({string.Join('|', names.Select(Regex.Escape))})(?![a-z-])");
        return
        [
            .. Literal().Matches(code).Select(match => match.Value).Where(literal => !literal.Contains(' ', StringComparison.Ordinal) && !literal.Contains('`', StringComparison.Ordinal) && named.IsMatch(literal)),
            // Literals that are not empty become x of the same length, so that what stands in one is no code.
            .. Compared().Matches(Literal().Replace(code, match => $"'{new string('x', match.Length - 2)}'")).Select(match => code.Substring(match.Index, match.Length)).Where(text => !named.IsMatch(text)),
        ];
    }

    [GeneratedRegex("--.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex("'[^'\n]*'")]
    private static partial Regex Literal();

    // A column of runtimes beside a text that is not empty.
    [GeneratedRegex(@"(CASE\s+[\w.]*runtime\s+WHEN\s+'x+')|(\b[\w.]*runtime\s*(=|<>|!=)\s*'x+')|(\b[\w.]*runtime\s+(NOT\s+)?(I?LIKE|SIMILAR\s+TO|GLOB)\s+'x+')|(\b[\w.]*runtime\s+(NOT\s+)?IN\s*\([^)]*'x+'[^)]*\))", RegexOptions.IgnoreCase)]
    private static partial Regex Compared();
}
