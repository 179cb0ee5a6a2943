using System.Collections.Immutable;
using System.Globalization;
using Harness.Analysis.Judging;
using Harness.Analysis.Statistics;
using Harness.Core.Model;
using static Harness.Tests.Analysis.StartupRun;

namespace Harness.Tests.Analysis;

/// <summary>Rule 13 of experiments/startup/README.md: starts that are watched from outside.</summary>
public sealed class WatchedStartTests : IDisposable
{
    private readonly StartupRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void Watched_starts_change_no_verdict_no_comparison_and_no_other_sample()
    {
        var without = _run.Blocks(10, 50, 2000).Verdicts();
        var before = Samples();
        Watch(10, _ => 90, processes: false);

        Assert.Equal(without.Select(row => row with { Summary = "" }), _run.Verdicts().Select(row => row with { Summary = "" }));
        Assert.All(_run.Verdicts().Where(row => row.Scope.Length > 0), row => Assert.Contains(row, without));
        Assert.Equal(before, Samples());

        ImmutableArray<string> Samples()
        {
            using var database = RunDatabase.Open(_run.Build(), "startup");
            return [.. database.Query("FROM sample WHERE measure NOT LIKE 'start: %' AND measure <> 'watched_to_first_ns' ORDER BY ALL", "test").Rows.Select(row => string.Join(',', row))];
        }
    }

    [Fact]
    public void The_phases_of_a_watched_start_add_up_to_it()
    {
        Watch(9, block => 100 + block);
        using var database = RunDatabase.Open(_run.Build(), "startup");
        var rows = database.Query("SELECT sum(phase_ns) - any_value(whole_ns) FROM start_phase GROUP BY trial_id", "test").Rows;
        Assert.Equal(9, rows.Length);
        Assert.All(rows, row => Assert.Equal("0", row[0]));
        Assert.Equal(
            ["engine and containerd 20 true", "shim 10 true", "runtime's create 30 true", "back and forth 10 true", "runtime's start 30 true"],
            database.Query("SELECT phase, format('{:.0f}', 100 * share), low < median_ns AND median_ns < high FROM start_share ORDER BY place", "test").Rows.Select(row => string.Join(' ', row)));
    }

    [Fact]
    public void Where_containerd_told_when_it_was_asked_the_engine_stands_alone()
    {
        for (var block = 1; block <= 8; block++)
        {
            _run.Trial(Process, block, 1.5).Trial(Watched, block, 100, new How { Moments = How.Usual.Moments!.Add("containerd", 1) });
        }

        using var database = RunDatabase.Open(_run.Build(), "startup");
        Assert.Equal(["engine 10", "containerd 10", "shim 10"], database.Query("SELECT phase, format('{:.0f}', 100 * share) FROM start_share ORDER BY place LIMIT 3", "test").Rows.Select(row => string.Join(' ', row)));
    }

    [Fact]
    public void A_start_whose_moments_were_not_all_seen_or_not_in_order_has_no_phases()
    {
        _run.Trial(Process, 1, 1.5).Trial(Watched, 1, 100, new How { Moments = null })
            .Trial(Process, 2, 1.5).Trial(Watched, 2, 100, new How { Moments = How.Usual.Moments!.SetItem("shim", 9) })
            .Trial(Process, 3, 1.5).Trial(Watched, 3, 100, new How { Moments = How.Usual.Moments!.SetItem("runtime_start", 11) });
        using var database = RunDatabase.Open(_run.Build(), "startup");
        Assert.Empty(database.Query("FROM start_phase", "test").Rows);
    }

    [Theory]
    [InlineData(10, 1.03, "yes", "Watching a start from outside made it take 1.03× as long under docker/runc (99 % CI 1.03–1.03, 10 blocks). Its phases are those of watched starts only; the difference is below a tenth.")]
    [InlineData(10, 1.5, "no", "Watching a start from outside made it take 1.50× as long under docker/runc (99 % CI 1.50–1.50, 10 blocks). Its phases are those of watched starts only, which is more than a tenth: they overstate what an unwatched start takes.")]
    [InlineData(3, 1.03, "not checked", "Watching a start from outside made it take 1.03× as long under docker/runc (3 blocks, too few for an interval, which takes 8). Its phases are those of watched starts only; whether the difference is below a tenth is open: more blocks (--repeat) tell.")]
    public void What_watching_costs_is_a_check_of_the_method(int blocks, double factor, string holds, string summary)
    {
        for (var block = 1; block <= blocks; block++)
        {
            _run.Trial(Process, block, 1.5).Trial(Runc, block, 100 + block).Trial(Watched, block, (100 + block) * factor);
        }

        var check = Assert.Single(Judged.Checks(_run.Build()));
        Assert.Equal(("start-trace", holds, summary, blocks * 2L), (check.Name, check.Holds, check.Summary, check.Trials));
        var rows = Judged.Evidence(_run.Folder);
        Assert.Equal(blocks * 2, rows.Rows.Count(row => row[rows.IndexOf("claim")] == "start-trace"));
        using var database = RunDatabase.Open(_run.Folder, "startup");
        var pair = ExperimentStatistics.Read(database, "startup")!.Pairs.Single(pair => pair.Key.Measure == "watched_to_first_ns");
        Assert.Equal(factor.ToString("0.00", CultureInfo.InvariantCulture), pair.Ratio!.Value.ToString("0.00", CultureInfo.InvariantCulture));
    }

    [Fact]
    public void Where_nothing_could_be_watched_the_check_says_why()
    {
        _run.Blocks(3, 50, 2000);
        Assert.Empty(Judged.Checks(_run.Build()));
        _run.Trial(Watched, 1, 0, new How { Outcome = Outcome.Unavailable, Detail = "only root hears the kernel's process events: run as root" });
        var check = Assert.Single(Judged.Checks(_run.Build()));
        Assert.Equal(("not checked", "No start was watched and not watched in the same block: only root hears the kernel's process events: run as root."), (check.Holds, check.Summary));
    }

    // processes: whether the blocks have no plain process yet.
    private void Watch(int blocks, Func<int, double> ms, bool processes = true)
    {
        for (var block = 1; block <= blocks; block++)
        {
            (processes ? _run.Trial(Process, block, 1.5) : _run).Trial(Watched, block, ms(block));
        }
    }
}
