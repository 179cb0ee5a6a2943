using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Tests.Analysis;

namespace Harness.Tests.Comparing;

/// <summary>Runs on several hosts: what hosts differ by is no change of a cell, and no spread between runs.</summary>
public sealed class UnlikeHostsTests : IDisposable
{
    private readonly RunsToCompare _runs = new();

    public void Dispose() => _runs.Dispose();

    [Fact]
    public async Task A_cell_that_only_the_slower_host_measured_again_is_not_slower()
    {
        var history = Directory.CreateDirectory(Path.Combine(_runs.Root, "history")).FullName;
        for (var i = 0; i < 6; i++)
        {
            _runs.Merged((ulong)i, $"h{i}", history, (host, _) => Slow(host), Unlike);
        }

        _runs.Merged(50, "base", _runs.Root, (host, _) => Slow(host), Unlike);
        _runs.Merged(51, "new", _runs.Root, (host, cell) => host == StartupRun.Host && cell == "runc" ? null : Slow(host), Unlike);
        _runs.Merged(52, "slower", _runs.Root, (host, cell) => Slow(host) * (cell == "runc" ? 1.4 : 1), Unlike);
        var (code, answer, _) = await _runs.CompareAsync("base", "new", "--history", history, "--gate", "slower,shift");
        Assert.Equal(0, code);
        Assert.Contains("0 slower, 0 faster, 3 within noise, 0 too few", answer, StringComparison.Ordinal);
        // Where hosts are compared each with itself, a change is still seen: six runs on each say how far apart runs are.
        Assert.Equal(1, (await _runs.CompareAsync("base", "slower", "--history", history, "--gate")).Code);
    }

    [Fact]
    public async Task A_cell_that_no_host_measured_on_both_sides_is_not_compared()
    {
        _runs.Merged(50, "base", _runs.Root, (host, cell) => host == StartupRun.Host || cell != "runc" ? Slow(host) : null);
        _runs.Merged(51, "new", _runs.Root, (host, cell) => host != StartupRun.Host || cell != "runc" ? Slow(host) : null);
        var (code, answer, _) = await _runs.CompareAsync("base", "new");
        Assert.Equal(0, code);
        Assert.Contains("2 within noise, 1 too few", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hosts_that_ran_more_often_on_one_side_do_not_shift_it()
    {
        var (before, after) = (Folder("before", [false, false, false, true]), Folder("after", [false, true, true, true]));
        var (code, answer, _) = await _runs.CompareAsync(before, after, "--gate", "slower,shift");
        Assert.Equal(0, code);
        Assert.Contains("0 slower, 0 faster, 3 within noise", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task How_hosts_differ_in_one_cell_is_no_spread_between_runs()
    {
        bool[] both = [false, false, false, true, true, true];
        var (before, same, slower) = (Folder("before", both, ofRunc: 3), Folder("same", both, ofRunc: 3), Folder("slower", both, ofRunc: 3, change: 1.5));
        Assert.Equal(0, (await _runs.CompareAsync(before, same, "--gate")).Code);
        Assert.Equal(1, (await _runs.CompareAsync(before, slower, "--gate")).Code);
    }

    [Fact]
    public async Task Unlike_hosts_of_merged_runs_are_no_hosts_of_one_kind()
    {
        var history = Directory.CreateDirectory(Path.Combine(_runs.Root, "history")).FullName;
        for (var i = 0; i < 6; i++)
        {
            _runs.Merged((ulong)i, $"h{i}", history, (host, _) => Slow(host), Unlike);
        }

        _runs.Merged(50, "base", _runs.Root, (host, _) => Slow(host), Unlike);
        _runs.Merged(51, "new", _runs.Root, (host, _) => Slow(host), usual => Unlike(usual) with { HostId = usual.HostId == RunsToCompare.Other ? "cccccccccccc" : usual.HostId });
        var (code, _, error) = await _runs.CompareAsync("base", "new", "--history", history);
        Assert.Equal(3, code);
        Assert.Contains("host: ", error, StringComparison.Ordinal);
    }

    private static double Slow(string host) => host == RunsToCompare.Other ? 3 : 1;

    private static HostEnvironment Unlike(HostEnvironment usual) => usual.HostId == RunsToCompare.Other ? usual with { Hardware = usual.Hardware with { CpuModel = "Another Processor" } } : usual;

    private string Folder(string name, bool[] others, double all = 3, double ofRunc = 1, double change = 1)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_runs.Root, name)).FullName;
        for (var i = 0; i < others.Length; i++)
        {
            var host = others[i] ? RunsToCompare.Other : StartupRun.Host;
            _runs.Startup((ulong)((name[0] * 100) + i), $"{name}{i}", folder, runc: (others[i] ? ofRunc : 1) * change, all: others[i] ? all : 1, where: usual => usual with { HostId = host });
        }

        return folder;
    }
}
