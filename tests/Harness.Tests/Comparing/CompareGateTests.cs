using Harness.Core.Model;
using Harness.Tests.Analysis;

namespace Harness.Tests.Comparing;

/// <summary>What fails a gate of <c>compare BASE NEW</c>, and what earlier runs teach it.</summary>
public sealed class CompareGateTests : IDisposable
{
    private readonly RunsToCompare _runs = new();

    public void Dispose() => _runs.Dispose();

    [Fact]
    public async Task A_gate_fails_on_a_slower_cell_and_only_where_a_second_run_shows_it_too()
    {
        var history = _runs.History(6);
        _runs.Startup(50, "base");
        _runs.Startup(51, "new", runc: 1.35);
        _runs.Startup(52, "again", runc: 1.35);
        _runs.Startup(53, "fine");
        Assert.Equal(1, (await _runs.CompareAsync("base", "new", "--history", history, "--gate")).Code);
        Assert.Equal(1, (await _runs.CompareAsync("base", "new", "--history", history, "--gate", "slower", "--confirm", "again")).Code);
        var (code, answer, _) = await _runs.CompareAsync("base", "new", "--history", history, "--gate", "--confirm", "fine");
        Assert.Equal(0, code);
        Assert.Contains("What it can see: with these runs, 95 % of gates would suspect a slowdown to ", answer, StringComparison.Ordinal);
        Assert.Contains("The gate holds: the second run shows none of what the first one did.", answer, StringComparison.Ordinal);
        Assert.Equal(0, (await _runs.CompareAsync("base", "fine", "--history", history, "--gate")).Code);
        // Switched off, and unseen without a history.
        Assert.Equal(0, (await _runs.CompareAsync("base", "new", "--history", history, "--gate", "coverage")).Code);
        (code, answer, _) = await _runs.CompareAsync("base", "new", "--gate");
        Assert.Equal(0, code);
        Assert.Contains("The spread between runs is not known", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_is_slower_in_all_its_cells_fails_no_gate_that_is_not_asked_for_it()
    {
        var history = _runs.History(6);
        _runs.Startup(50, "base");
        _runs.Startup(51, "new", all: 1.4);
        var (code, answer, _) = await _runs.CompareAsync("base", "new", "--history", history, "--gate");
        Assert.Equal(0, code);
        Assert.Contains("cells the median is 1.", answer, StringComparison.Ordinal);
        Assert.Equal(1, (await _runs.CompareAsync("base", "new", "--history", history, "--gate", "shift")).Code);
    }

    [Fact]
    public async Task A_gate_fails_where_a_verdict_worsens_or_a_cell_is_no_longer_measured()
    {
        var (before, after) = (new RunBuilder().Usual(), new RunBuilder().Usual().Container("crun", readings: KernelReadings.Gvisor));
        var lost = new RunBuilder().HostCell(1).HostCell(2).Container("runc", 1).Container("runc", 2).Unmeasured(Outcome.Unavailable, "no image of debian:12; there is none", "runsc");
        _runs.Copy(_runs.Keep(before).Build(), "base");
        _runs.Copy(_runs.Keep(after).Build(), "new");
        _runs.Copy(_runs.Keep(lost).Build(), "lost");
        var (code, answer, _) = await _runs.CompareAsync("base", "new", "--gate", "verdict");
        Assert.Equal(1, code);
        Assert.Contains("qualified → refuted", answer, StringComparison.Ordinal);
        (code, answer, _) = await _runs.CompareAsync("base", "lost", "--gate", "coverage");
        Assert.Equal(1, code);
        Assert.Contains("is not measured any more: unavailable: no image of debian:12; there is none", answer, StringComparison.Ordinal);
        Assert.Equal(0, (await _runs.CompareAsync("base", "base", "--gate", "coverage")).Code);
        Assert.Equal(0, (await _runs.CompareAsync("base", "base", "--gate")).Code);
    }

    [Fact]
    public async Task Another_host_of_the_kind_is_refused_until_the_history_says_how_such_hosts_differ()
    {
        _runs.Startup(1, "base");
        _runs.Startup(2, "new", where: usual => usual with { HostId = "ba9876543210" });
        var (code, _, error) = await _runs.CompareAsync("base", "new");
        Assert.Equal(3, code);
        Assert.Contains("host: 0123456789ab → ba9876543210", error, StringComparison.Ordinal);
        var folder = Directory.CreateDirectory(Path.Combine(_runs.Root, "mixed")).FullName;
        for (var i = 0; i < 6; i++)
        {
            var host = i % 2 == 0 ? "0123456789ab" : "ba9876543210";
            _runs.Startup((ulong)i, $"h{i}", folder, where: usual => usual with { HostId = host });
        }

        Assert.Equal(0, (await _runs.CompareAsync("base", "new", "--history", folder)).Code);
    }

    [Fact]
    public async Task A_history_of_another_kind_teaches_nothing_and_is_named()
    {
        var history = _runs.History(6, usual => usual with { Hardware = usual.Hardware with { CpuModel = "Another Processor" } });
        _runs.Startup(50, "base");
        _runs.Startup(51, "new");
        var (code, answer, _) = await _runs.CompareAsync("base", "new", "--history", history);
        Assert.Equal(0, code);
        Assert.Contains("The spread between runs is not known", answer, StringComparison.Ordinal);
        Assert.Contains("h0: was run under other conditions than base", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_of_runs_is_one_side()
    {
        var before = _runs.History(6);
        _runs.Startup(60, "new", runc: 1.5);
        var (code, answer, _) = await _runs.CompareAsync(before, "new");
        Assert.Equal(0, code);
        Assert.Contains("The spread between runs is learnt from 6 runs on 1 host.", answer, StringComparison.Ordinal);
        Assert.Contains("(60 in 6 runs)", answer, StringComparison.Ordinal);
        Assert.Contains("slower", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_in_a_folder_of_runs_is_refused()
    {
        var folder = _runs.History(2);
        _runs.Startup(3, "elsewhere");
        Directory.CreateSymbolicLink(Path.Combine(folder, "linked"), Path.Combine(_runs.Root, "elsewhere"));
        var (code, answer, error) = await _runs.CompareAsync(folder, "elsewhere");
        Assert.Equal((3, ""), (code, answer));
        Assert.Contains("linked: is a link", error, StringComparison.Ordinal);
    }
}
