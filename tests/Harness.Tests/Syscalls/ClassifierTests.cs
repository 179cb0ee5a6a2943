using System.Globalization;
using DuckDB.NET.Data;
using Harness.Tests.Analysis;

namespace Harness.Tests.Syscalls;

/// <summary>The macro who_answered of syscall-surface's verdict.sql.</summary>
public sealed class ClassifierTests : IDisposable
{
    private const int Eperm = 1, Einval = 22, Eacces = 13, Enosys = 38, Canary = 1234, Sigill = 4, Sigsys = 31;

    private static readonly string?[] _kinds = ["returned", "signal", "blocked", "skipped", "lost"];
    private static readonly int[] _errnos = [0, Eperm, Eacces, Enosys, Einval, Canary];

    private readonly DuckDBConnection _database = new("DataSource=:memory:");

    public ClassifierTests()
    {
        _database.Open();
        var sql = File.ReadAllText(Path.Combine(RunBuilder.Repository, "experiments", "syscall-surface", "verdict.sql"));
        Execute(sql[..sql.IndexOf("-- How each class is shown", StringComparison.Ordinal)]);
    }

    public void Dispose() => _database.Dispose();

    [Theory]
    [InlineData("implemented", "returned", Einval, 0, Enosys, "returned", Einval)]
    [InlineData("implemented", "returned", 0, 0, Enosys, "returned", 0)]
    [InlineData("implemented", "signal", 0, Sigill, Enosys, "signal", 0)]
    [InlineData("killed", "signal", 0, Sigsys, Enosys, "returned", Einval)]
    [InlineData("absent", "returned", Eperm, 0, Enosys, "returned", Enosys)]
    [InlineData("absent", "returned", Enosys, 0, Enosys, "returned", Enosys)]
    [InlineData("filter", "returned", Eperm, 0, Enosys, "returned", Einval)]
    [InlineData("filter", "returned", Enosys, 0, Enosys, "returned", Eperm)]
    [InlineData("filter", "returned", Canary, 0, Canary, "returned", Einval)]
    [InlineData("filter", "returned", Eperm, 0, Enosys, "blocked", 0)]
    [InlineData("capability", "returned", Eperm, 0, Enosys, "returned", Eperm)]
    [InlineData("undecided", "returned", Eperm, 0, Enosys, null, 0)]
    [InlineData("implemented", "returned", Einval, 0, Enosys, null, 0)]
    [InlineData("blocked", "blocked", 0, 0, Enosys, "blocked", 0)]
    [InlineData("skipped", "skipped", 0, 0, Enosys, "skipped", 0)]
    [InlineData("undecided", "lost", 0, 0, Enosys, "returned", Einval)]
    public void What_was_read_says_who_answered(string expected, string kind, int errno, int signal, int unknown, string? baseKind, int baseErrno) =>
        Assert.Equal(expected, Ask($"who_answered(true, {Text(kind)}, {errno}, {signal}, {unknown}, {Text(baseKind)}, {baseErrno})"));

    [Fact]
    public void Every_combination_is_classified_as_a_second_reading_of_the_rules_has_it()
    {
        var wrong =
            from named in new[] { true, false }
            from read in Readings()
            from unknown in new int?[] { null, Eperm, Enosys, Canary }
            from other in Readings().Append((null, 0, 0))
            let canary = unknown?.ToString(CultureInfo.InvariantCulture) ?? "NULL"
            let baseErrno = other.Kind is null ? "NULL" : other.Errno.ToString(CultureInfo.InvariantCulture)
            let actual = Ask($"who_answered({named}, {Text(read.Kind)}, {read.Errno}, {read.Signal}, {canary}, {Text(other.Kind)}, {baseErrno})")
            let expected = Expected(named, read.Kind!, read.Errno, read.Signal, unknown, other.Kind, other.Errno)
            where actual != expected
            select $"{named} {read}, canary {canary}, base {other}: {actual}, not {expected}";

        Assert.Empty(wrong);
    }

    [Fact]
    public void Every_outcome_without_and_with_the_filter_canary_and_symbol_says_whether_the_witnesses_agree()
    {
        var answers = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var symbol in new[] { null, "defined", "weak", "none" })
        {
            foreach (var (unconfined, confined, canary) in
                from unconfined in Readings()
                from confined in Readings()
                from canary in new[] { Eperm, Enosys, Canary }
                select (unconfined, confined, canary))
            {
                var actual = Ask($"symbols_agree({Text(symbol)}, who_answered(true, {Text(confined.Kind)}, {confined.Errno}, {confined.Signal}, {canary}, {Text(unconfined.Kind)}, {unconfined.Errno}))");
                var expected = ExpectedAgreement(symbol, Expected(true, confined.Kind!, confined.Errno, confined.Signal, canary, unconfined.Kind, unconfined.Errno));
                Assert.True(actual == expected, $"unconfined {unconfined}, with the filter {confined}, canary {canary}, symbol {symbol}: {actual}, not {expected}");
                answers[actual!] = answers.GetValueOrDefault(actual!) + 1;
            }
        }

        Assert.Equal(["agrees", "disagrees", "not called", "not read", "not told"], answers.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("defined", "implemented", "agrees")]
    [InlineData("defined", "filter", "agrees")]
    [InlineData("defined", "absent", "disagrees")]
    [InlineData("weak", "absent", "agrees")]
    [InlineData("weak", "capability", "disagrees")]
    [InlineData("none", "blocked", "disagrees")]
    [InlineData("weak", "killed", "not told")]
    [InlineData("defined", "skipped", "not called")]
    [InlineData(null, "absent", "not read")]
    public void A_symbol_speaks_for_or_against_what_was_read(string? symbol, string @class, string expected) =>
        Assert.Equal(expected, Ask($"symbols_agree({Text(symbol)}, {Text(@class)})"));

    // From the README's rule: a symbol that is there wants a call that is there; where the call did not reach the kernel, nobody knows.
    private static string ExpectedAgreement(string? symbol, string @class)
    {
        if (symbol is null)
            return "not read";
        var called = @class switch { "skipped" => "not called", "undecided" or "killed" => "not told", _ => "" };
        if (called.Length > 0)
            return called;
        var lacksTheCall = @class == "absent";
        return lacksTheCall == (symbol is "weak" or "none") ? "agrees" : "disagrees";
    }

    private static IEnumerable<(string? Kind, int Errno, int Signal)> Readings() =>
        _kinds.SelectMany(kind => kind switch
        {
            "returned" => _errnos.Select(errno => ((string?)kind, errno, 0)),
            "signal" => [(kind, 0, Sigill), (kind, 0, Sigsys)],
            _ => [(kind, 0, 0)],
        });

    // Written from the README's table, bottom up where the macro goes top down.
    private static string Expected(bool named, string kind, int errno, int signal, int? unknown, string? baseKind, int baseErrno)
    {
        if (kind is "skipped" or "lost")
            return kind == "lost" ? "undecided" : "skipped";
        if (signal == Sigsys)
            return "killed";
        var lacking = baseKind == "returned" && baseErrno == Enosys;
        if (lacking)
            return named ? "absent" : "unassigned";
        if (kind == "blocked")
            return "blocked";
        var looksRefused = kind == "returned" && errno != 0 && (errno is Eperm or Eacces or Enosys || errno == unknown);
        if (!looksRefused)
            return "implemented";
        if (baseKind is null or "skipped" or "lost")
            return "undecided";
        return (baseKind, baseErrno == errno) switch
        {
            ("returned", true) => errno is Eperm or Eacces ? "capability" : "implemented",
            _ => "filter",
        };
    }

    private static string Text(string? text) => text is null ? "NULL" : $"'{text}'";

    private string? Ask(string expression)
    {
        using var command = _database.CreateCommand();
#pragma warning disable CA2100 // The test's own words.
        command.CommandText = $"SELECT {expression}";
#pragma warning restore CA2100
        return (string?)command.ExecuteScalar();
    }

    private void Execute(string sql)
    {
        using var command = _database.CreateCommand();
#pragma warning disable CA2100 // The experiment's own SQL.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
