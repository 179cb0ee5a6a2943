using Harness.Core.Model;
using Harness.Tests.Analysis;

namespace Harness.Tests.Comparing;

/// <summary>A gate that had nothing to look at does not hold.</summary>
public sealed class SilentGateTests : IDisposable
{
    private readonly RunsToCompare _runs = new();

    public void Dispose() => _runs.Dispose();

    [Theory]
    [InlineData("slower")]
    [InlineData("shift")]
    public async Task Too_few_blocks_say_nothing_of_times(string gate)
    {
        _runs.Startup(1, "base");
        _runs.Startup(2, "new", runc: 9, blocks: 3);
        var (code, answer, _) = await _runs.CompareAsync("base", "new", "--gate", gate);
        Assert.Equal(5, code);
        Assert.DoesNotContain("The gate holds", answer, StringComparison.Ordinal);
        Assert.Contains($"Nothing could be compared for: {gate}.", answer, StringComparison.Ordinal);
        (code, answer, _) = await _runs.CompareAsync("base", "new", "--gate", gate + ",coverage", "--format", "json");
        Assert.Equal(5, code);
        Assert.Contains($"\"silent\": [\n      \"{gate}\"", answer, StringComparison.Ordinal);
        Assert.Equal(0, (await _runs.CompareAsync("base", "new", "--gate", "coverage")).Code);
    }

    [Fact]
    public async Task The_usual_gate_needs_times_where_the_base_has_some()
    {
        _runs.Startup(1, "base");
        _runs.Startup(2, "new", runc: 9, blocks: 3);
        Assert.Equal(5, (await _runs.CompareAsync("base", "new", "--gate")).Code);
        _runs.Copy(_runs.Keep(new RunBuilder().Usual()).Build(), "untimed");
        var (code, answer, _) = await _runs.CompareAsync("untimed", "untimed", "--gate");
        Assert.Equal(0, code);
        Assert.Contains("Nothing could be compared for: slower.", answer, StringComparison.Ordinal);
        Assert.Equal(5, (await _runs.CompareAsync("untimed", "untimed", "--gate", "slower,verdict")).Code);
    }

    [Fact]
    public async Task Two_cells_do_not_show_what_all_share()
    {
        _runs.Startup(1, "base", cells: ["host", "namespaces"]);
        _runs.Startup(2, "new", all: 2, cells: ["host", "namespaces"]);
        Assert.Equal(5, (await _runs.CompareAsync("base", "new", "--gate", "shift")).Code);
    }

    [Fact]
    public async Task A_claim_that_neither_side_tested_is_no_verdict_that_holds()
    {
        _runs.Copy(_runs.Keep(new RunBuilder().HostCell(1)).Build(), "untested");
        Assert.Equal(5, (await _runs.CompareAsync("untested", "untested", "--gate", "verdict")).Code);
        // Beside coverage, which was compared, nothing was missed: there is no verdict that could be worse.
        var (code, answer, _) = await _runs.CompareAsync("untested", "untested", "--gate", "verdict,coverage");
        Assert.Equal(0, code);
        Assert.Contains("Nothing could be compared for: verdict.", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_another_kind_objects_to_counts_more_than_silence()
    {
        _runs.Copy(_runs.Keep(new RunBuilder().Usual()).Build(), "base");
        _runs.Copy(_runs.Keep(new RunBuilder().Usual().Container("crun", readings: KernelReadings.Gvisor)).Build(), "new");
        var (code, answer, _) = await _runs.CompareAsync("base", "new", "--gate", "slower,verdict");
        Assert.Equal(1, code);
        Assert.Contains("Nothing could be compared for: slower.", answer, StringComparison.Ordinal);
    }
}
