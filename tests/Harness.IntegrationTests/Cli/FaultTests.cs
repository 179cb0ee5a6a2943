using System.Diagnostics;
using System.Globalization;
using Harness.Core.Journaling;
using Harness.Host.Paths;
using Harness.Host.Processes;

namespace Harness.IntegrationTests.Cli;

/// <summary>What a run meets that is no fault of its own: a full disk, an engine that is killed, another run on the same engine and in the same cache.</summary>
public sealed class FaultTests
{
    private static readonly string[] _small = ["kernel-identity", "--kernel", "host", "--userland", "busybox:static"];

    [Theory]
    // Before the first trial, between trials, and when all have their rows.
    [InlineData(160, false)]
    [InlineData(500, true)]
    [InlineData(980, true)]
    public async Task A_disk_that_is_full_costs_no_row_and_the_run_goes_on_once_there_is_room(int kibibytes, bool hasRows)
    {
        Machine.Require();
        using var repository = new Repository();
        // Not below the repository's folder: what is mounted there counts as left behind.
        using var disk = await SmallDisk.MountAsync(kibibytes);
        var run = Path.Combine(disk.Folder, "r");
        string[] first = ["run", .. _small, "--repeat", "20", "--out", disk.Folder, "--run-id", "r"];
        var full = await repository.HarnessAsync(first);
        Assert.True(full.ExitCode == 3, full.ToString());
        Assert.Contains("No space left", full.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("internal error", full.Error, StringComparison.Ordinal);
        var begun = Directory.Exists(run) ? Rows.Trials(run) : [];
        Assert.Equal(hasRows, begun.Count > 0);
        Assert.All(begun, row => Assert.Equal("ok", row["outcome"]));
        Assert.Equal(hasRows, full.Error.Contains("continue with 'harness run --resume --run-id r'", StringComparison.Ordinal));
        await repository.GoneAsync();

        await disk.GrowAsync();
        var again = await repository.HarnessAsync(hasRows ? ["run", "--resume", "--out", disk.Folder, "--run-id", "r"] : first);
        Assert.True(again.ExitCode == 0, again.ToString());
        Whole(run);
        Assert.Equal(begun.Select(row => row["trial_id"]), Rows.Trials(run).Take(begun.Count).Select(row => row["trial_id"]));
        var verify = await repository.HarnessAsync("verify", run);
        Assert.True(verify.ExitCode == 0, verify.ToString());
    }

    [Fact]
    public async Task An_engine_that_is_killed_in_the_middle_costs_its_own_trials_and_each_of_them_has_its_row()
    {
        Machine.Require();
        using var repository = new Repository();
        using var harness = repository.Watch(["run", .. _small, "--repeat", "40", "--parallel", "2", "--run-id", "r"]);
        var trials = Path.Combine(repository.Run("r"), "trials.csv");
        await harness.UntilAsync(() => File.Exists(trials) && File.ReadLines(trials).Count() > 20, "twenty rows");
        Kill(EnginePaths.At(Path.Combine(repository.Cache, "harness")).PidFile);
        await harness.Process.WaitForExitAsync(TestContext.Current.CancellationToken);
        var rows = Rows.Trials(repository.Run("r"));
        var planned = PlanFile.Read(new RunFolder(repository.Run("r"))).Trials.Select(trial => trial.TrialId).Order();
        Assert.Equal(planned, rows.Select(row => row["trial_id"]).Order());
        Assert.All(rows.Where(row => row["engine"].Length == 0), row => Assert.Equal("ok", row["outcome"]));
        var lost = rows.Where(row => row["outcome"] != "ok").ToList();
        Assert.NotEmpty(lost);
        Assert.All(lost, row => Assert.NotEmpty(row["detail"]));
        await repository.GoneAsync();
        var verify = await repository.HarnessAsync("verify", "r");
        Assert.True(verify.ExitCode == 0, verify.ToString());
    }

    [Fact]
    public async Task Two_runs_in_one_cache_and_on_one_engine_lose_and_double_nothing()
    {
        Machine.Require();
        using var repository = new Repository();
        string[] arguments = ["run", .. _small, "--repeat", "12", "--parallel", "2"];
        var both = await Task.WhenAll(repository.HarnessAsync([.. arguments, "--run-id", "a"]), repository.HarnessAsync([.. arguments, "--run-id", "b"]));
        Assert.All(both, answer => Assert.True(answer.ExitCode == 0, answer.ToString()));
        Whole(repository.Run("a"));
        Whole(repository.Run("b"));
        await repository.GoneAsync();
    }

    private static void Whole(string run)
    {
        var planned = PlanFile.Read(new RunFolder(run)).Trials.Select(trial => trial.TrialId).Order();
        Assert.Equal(planned, Rows.Trials(run).Select(row => row["trial_id"]).Order());
        Assert.All(Rows.Trials(run), row => Assert.True(row["outcome"] == "ok", $"{row["cell"]}: {row["outcome"]}: {row["detail"]}"));
    }

    private static void Kill(string pidFile)
    {
        using var process = Process.GetProcessById(int.Parse(File.ReadAllText(pidFile), CultureInfo.InvariantCulture));
        process.Kill();
    }

    private sealed class SmallDisk : IDisposable
    {
        internal string Folder { get; } = Directory.CreateTempSubdirectory("h-disk-").FullName;

        internal static async Task<SmallDisk> MountAsync(int kibibytes)
        {
            var disk = new SmallDisk();
            await MountAsync("-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={kibibytes}k"), "tmpfs", disk.Folder);
            return disk;
        }

        internal Task GrowAsync() => MountAsync("-o", "remount,size=64m", Folder);

        public void Dispose()
        {
            using var umount = Process.Start("umount", [Folder]);
            umount.WaitForExit();
            Directory.Delete(Folder);
        }

        private static async Task MountAsync(params string[] arguments)
        {
            var result = await new Command("mount", [.. arguments]).RunAsync(TestContext.Current.CancellationToken);
            Assert.True(result.ExitCode == 0, result.Error);
        }
    }
}
