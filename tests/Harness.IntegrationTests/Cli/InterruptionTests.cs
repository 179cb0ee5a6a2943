using System.Diagnostics;
using Harness.Core.Journaling;
using Harness.Core.Planning;

namespace Harness.IntegrationTests.Cli;

[Trait(Machine.Category, Machine.OrdinaryUser)]
public sealed class InterruptionTests
{
    [Fact]
    public async Task I_can_resume_a_run_that_was_killed_at_five_moments_and_nothing_of_it_is_left_after_each()
    {
        Machine.Require();
        using var repository = new Repository();
        var run = repository.Run("r");
        string[] first = ["run", "kernel-identity", "--kernel", "host", "--userland", "busybox:static", "--repeat", "8", "--parallel", "2", "--run-id", "r"];
        // Before the first row, then ever later.
        foreach (var (rows, attempt) in new[] { 0, 2, 9, 20, 33 }.Select((rows, attempt) => (rows, attempt)))
        {
            using var harness = repository.Watch(attempt == 0 ? first : ["run", "--resume", "--run-id", "r", "--parallel", "2"]);
            await harness.UntilAsync(() => File.Exists(Path.Combine(run, "plan.json")) && RowsOf(run) >= rows, $"there were {rows} rows");
            await harness.KillAsync();
            await repository.GoneAsync();
        }

        var last = await repository.HarnessAsync("run", "--resume", "--run-id", "r");
        Assert.True(last.ExitCode == 0, last.ToString());
        var planned = PlanFile.Read(new RunFolder(run)).Trials.Select(trial => trial.TrialId).Order();
        Assert.Equal(planned, Rows.Trials(run).Select(row => row["trial_id"]).Order());
        Assert.All(Rows.Trials(run), row => Assert.Equal("ok", row["outcome"]));
        var verify = await repository.HarnessAsync("verify", "r");
        Assert.True(verify.ExitCode == 0, verify.ToString());
    }

    [Fact]
    public async Task Ctrl_C_leaves_whole_trials_and_nothing_running()
    {
        Machine.Require();
        using var repository = new Repository();
        var run = repository.Run("r");
        using var harness = repository.Watch("run", "kernel-identity", "--kernel", "host", "--userland", "busybox:static", "--repeat", "20", "--parallel", "1", "--run-id", "r");
        await harness.UntilAsync(() => RowsOf(run) >= 6, "there were 6 rows");
        using (Process.Start("kill", ["-INT", harness.Process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
        {
            await harness.Process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        Assert.True(harness.Process.ExitCode == 130, harness.Said);
        Assert.Empty(repository.Remains());
        Assert.DoesNotContain(Rows.Trials(run), row => row["outcome"] == "broken");
        Assert.Equal(0, (await repository.HarnessAsync("run", "--resume")).ExitCode);
        Assert.Equal(20 * 6, Rows.Trials(run).Count);
    }

    private static int RowsOf(string run)
    {
        var path = Path.Combine(run, "trials.csv");
        try
        {
            return File.Exists(path) ? File.ReadAllText(path).Count(character => character == '\n') - 1 : -1;
        }
        catch (IOException)
        {
            // A run that is resumed has the file to itself while it cuts off what was torn.
            return -1;
        }
    }
}
