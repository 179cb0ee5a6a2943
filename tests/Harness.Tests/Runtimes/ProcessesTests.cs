using Harness.Engines.PrivateEngine;
using Harness.Host.Paths;
using Harness.Host.Processes;
using Harness.Sandboxes.Plain;

namespace Harness.Tests.Runtimes;

public sealed class ProcessesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("harness-locks-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_lock_is_held_by_one_until_it_is_released()
    {
        var path = Path.Combine(_folder, "lock");

        using (var held = FileLock.TryAcquire(path))
        {
            Assert.NotNull(held);
            Assert.Null(FileLock.TryAcquire(path));
        }

        using var next = FileLock.TryAcquire(path);
        Assert.NotNull(next);
    }

    [Fact]
    public async Task Waiting_for_a_lock_ends_with_its_release()
    {
        var path = Path.Combine(_folder, "lock");
        var held = FileLock.TryAcquire(path)!;
        var waiting = FileLock.AcquireAsync(path, TestContext.Current.CancellationToken);
        Assert.False(waiting.IsCompleted);

        held.Dispose();

        using var acquired = await waiting;
        Assert.Equal(path, acquired.Path);
    }

    [Fact]
    public void A_user_whose_lock_nobody_holds_is_dead_and_forgotten()
    {
        var paths = new EnginePaths(_folder);
        Directory.CreateDirectory(paths.Users);
        File.WriteAllText(Path.Combine(paths.Users, "1-dead.lock"), "");

        Assert.Empty(FileLock.Held(paths.Users));
        Assert.Empty(Directory.GetFiles(paths.Users));

        using var user = FileLock.TryAcquire(Path.Combine(paths.Users, "2-alive.lock"));
        Assert.NotEmpty(FileLock.Held(paths.Users));
        Assert.Single(Directory.GetFiles(paths.Users));
    }

    [Fact]
    public void A_command_with_parentheses_in_its_name_does_not_shift_the_fields_of_stat()
    {
        const string tail = " 1 2 3 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 987654 0";

        Assert.Equal(new ProcessEntry(77, 1, 987654), ProcessTable.ParseStat("77 (a) S b)) S" + tail));
        Assert.Null(ProcessTable.ParseStat("77 (gone) Z" + tail));
    }

    [Fact]
    public void Mounts_below_a_folder_come_innermost_first_and_unescaped()
    {
        string[] mountinfo =
        [
            "22 1 254:0 / / rw - ext4 /dev/vda rw",
            "30 22 0:40 / /cache/a\\040b rw - overlay overlay rw",
            "31 30 0:41 / /cache/a\\040b/merged rw - overlay overlay rw",
            "32 22 0:42 / /cache2 rw - tmpfs tmpfs rw",
        ];

        Assert.Equal(["/cache/a b/merged", "/cache/a b"], MountTable.Below("/cache", mountinfo));
    }

    [Fact]
    public void Only_whole_fields_of_a_plan_are_moved_to_another_folder()
    {
        const string plan = "harness-plan\t1\nprobe\t0\t1\t1\tscript\t/.harness/probes/a.sh\nprobe\t1\t1\t1\texec\t/bin/echo\tsee /.harness/plan\nend\n";

        Assert.Equal(
            "harness-plan\t1\nprobe\t0\t1\t1\tscript\t/tmp/x/probes/a.sh\nprobe\t1\t1\t1\texec\t/bin/echo\tsee /.harness/plan\nend\n",
            HostRuntime.Relocate(plan, "/tmp/x"));
    }

    [Fact]
    public async Task Work_done_once_survives_the_cancellation_of_one_who_waits()
    {
        using var owner = new CancellationTokenSource();
        using var impatient = new CancellationTokenSource();
        var gate = new TaskCompletionSource<int>();
        var calls = 0;
        var once = new AsyncOnce<int>(_ => { calls++; return gate.Task; }, owner.Token);
        var first = once.GetAsync(impatient.Token);
        var second = once.GetAsync(TestContext.Current.CancellationToken);

        await impatient.CancelAsync();
        gate.SetResult(42);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.Equal(42, await second);
        Assert.Equal(1, calls);
    }
}
