using Harness.Core.Model;
using Harness.Tests.Analysis;

namespace Harness.Tests.Comparing;

/// <summary>What a second run may say about the suspicion of a first one.</summary>
public sealed class ConfirmTests : IDisposable
{
    private readonly RunsToCompare _runs = new();

    public void Dispose() => _runs.Dispose();

    [Fact]
    public async Task A_second_run_that_did_not_measure_the_cell_clears_nobody()
    {
        var history = _runs.History(6);
        _runs.Startup(50, "base");
        _runs.Startup(51, "new", runc: 1.35);
        _runs.Startup(52, "without", cells: ["host", "namespaces"]);
        var (code, answer, _) = await _runs.CompareAsync("base", "new", "--history", history, "--gate", "slower", "--confirm", "without");
        Assert.Equal(1, code);
        Assert.Contains("The gate does not hold: the second run does not answer.", answer, StringComparison.Ordinal);
        Assert.Contains("no answer: it has too few times of this cell, or none", answer, StringComparison.Ordinal);
        (_, answer, _) = await _runs.CompareAsync("base", "new", "--history", history, "--gate", "slower", "--confirm", "without", "--format", "json");
        Assert.Contains("\"unanswered\": \"it has too few times of this cell, or none\"", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_run_that_tested_nothing_of_a_claim_clears_nobody()
    {
        var untested = new RunBuilder().HostCell(1);
        _runs.Copy(_runs.Keep(untested).Build(), "base");
        _runs.Copy(_runs.Keep(new RunBuilder().Usual().Container("crun", readings: KernelReadings.Gvisor)).Build(), "new");
        _runs.Copy(_runs.Keep(new RunBuilder().HostCell(1).Unmeasured(Outcome.Unavailable, "no image of debian:12; there is none")).Build(), "again");
        var (code, answer, _) = await _runs.CompareAsync("base", "new", "--gate", "verdict", "--confirm", "again");
        Assert.Equal(1, code);
        Assert.Contains("it does not judge this claim, or tested nothing of it", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Coverage_that_shrinks_elsewhere_the_second_time_has_shrunk_twice()
    {
        _runs.Copy(_runs.Keep(Runs(10, 10)).Build(), "base");
        _runs.Copy(_runs.Keep(Runs(10, 9)).Build(), "few");
        _runs.Copy(_runs.Keep(Runs(0, 10)).Build(), "lost");
        _runs.Copy(_runs.Keep(Runs(10, 10).Unmeasured(Outcome.Unavailable, "no more", "crun")).Build(), "whole");
        var (code, answer, _) = await _runs.CompareAsync("base", "few", "--gate", "coverage", "--confirm", "lost");
        Assert.Equal(1, code);
        Assert.Contains("a second run shows the same", answer, StringComparison.Ordinal);
        Assert.Equal(0, (await _runs.CompareAsync("base", "few", "--gate", "coverage", "--confirm", "whole")).Code);

        static RunBuilder Runs(int runc, int runsc)
        {
            var run = new RunBuilder();
            for (var block = 1; block <= 10; block++)
            {
                run.HostCell(block);
                _ = block <= runc ? run.Container("runc", block) : run.Unmeasured(Outcome.Broken, "the engine went away", "runc", block);
                _ = block <= runsc ? run.Container("runsc", block, KernelReadings.Gvisor) : run.Unmeasured(Outcome.Broken, "the engine went away", "runsc", block);
            }

            return run;
        }
    }

    [Fact]
    public async Task A_second_run_that_did_not_plan_a_lost_cell_neither_confirms_nor_clears_it()
    {
        RunBuilder Part() => _runs.Keep(new RunBuilder()).HostCell(1).HostCell(2).Container("runc", 1).Container("runc", 2);
        _runs.Copy(Part().Container("runsc", 1, KernelReadings.Gvisor).Container("runsc", 2, KernelReadings.Gvisor).Build(), "base");
        _runs.Copy(Part().Unmeasured(Outcome.Unavailable, "no image", "runsc", 1).Unmeasured(Outcome.Unavailable, "no image", "runsc", 2).Build(), "lost");
        _runs.Copy(Part().Container("crun", 1).Build(), "part");
        _runs.Copy(Part().Container("crun", 2).Build(), "another-part");
        _runs.Copy(Part().Unmeasured(Outcome.Broken, "the engine went away", "runsc", 1).Unmeasured(Outcome.Broken, "the engine went away", "runsc", 2).Build(), "lost-again");
        var (code, answer, _) = await _runs.CompareAsync("base", "lost", "--gate", "coverage", "--confirm", "part");
        Assert.Equal(1, code);
        Assert.Contains("no answer: it did not plan this cell, or too little of it", answer, StringComparison.Ordinal);
        Assert.Contains("The gate does not hold: the second run does not answer.", answer, StringComparison.Ordinal);
        // A plan that lost the cell twice has lost it.
        foreach (var (run, second) in ((string, string)[])[("part", "another-part"), ("lost", "lost-again")])
        {
            (code, answer, _) = await _runs.CompareAsync("base", run, "--gate", "coverage", "--confirm", second);
            Assert.Equal(1, code);
            Assert.Contains("a second run shows the same", answer, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task No_run_confirms_itself()
    {
        _runs.Copy(_runs.Keep(new RunBuilder().Usual()).Build(), "base");
        var run = _runs.Keep(new RunBuilder().Usual().Container("crun", readings: KernelReadings.Gvisor)).Build();
        _runs.Copy(run, "new");
        _runs.Copy(run, "copy");
        foreach (var itself in (string[])["new", "copy", "base"])
        {
            var (code, answer, error) = await _runs.CompareAsync("base", "new", "--gate", "--confirm", itself);
            Assert.Equal((3, ""), (code, answer));
            Assert.Contains($"--confirm {itself}: is a run of {(itself == "base" ? "base" : "new")} itself", error, StringComparison.Ordinal);
        }
    }
}
