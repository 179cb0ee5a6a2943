namespace Harness.Tests.Syscalls;

/// <summary>verdict.sql of syscall-surface on a run with containers of one runtime by two engines.</summary>
public sealed class SeveralEnginesTests
{
    private const string Read = "0 read - 9", Refused = "165 mount - 1", Mount = "165 mount - 14";

    [Fact]
    public void Each_engines_filter_is_counted_and_named_by_itself_and_where_they_differ_is_a_table()
    {
        using var run = new SurfaceRun()
            .Sweep(SurfaceRun.Host, "6.1.0", [Read, Mount])
            .Sweep(SurfaceRun.Container(), "6.1.0", [Read, Refused])
            .Sweep(SurfaceRun.Container("seccomp=unconfined"), "6.1.0", [Read, Mount])
            .Sweep(SurfaceRun.Container() with { Engine = "podman" }, "6.1.0", [Read, Mount])
            .Sweep(SurfaceRun.Container("seccomp=unconfined") with { Engine = "podman" }, "6.1.0", [Read, Mount]);

        var (_, summary) = run.Verdicts()["runtime=runc"];
        Assert.Contains("1 call fails under docker/runc with the engine's defaults: 1 refused by the filter (EPERM: mount), 0 by a capability", summary, StringComparison.Ordinal);
        Assert.Contains("0 calls fail under podman/runc with the engine's defaults: 0 refused by the filter", summary, StringComparison.Ordinal);
        Assert.Equal([["mount", "docker", "EPERM, filter", "podman", "errno 14, implemented"]], run.Query("SELECT name, one, one_seen, other, other_seen FROM engines_differ"));
        Assert.Equal(
            ["docker/runc", "docker/runc, unconfined", "host", "podman/runc", "podman/runc, unconfined"],
            run.Query("SELECT DISTINCT place FROM classified ORDER BY place").Select(row => row[0]));
    }

    [Fact]
    public void What_opens_a_call_under_one_engine_is_not_said_of_another()
    {
        using var run = new SurfaceRun()
            .Sweep(SurfaceRun.Host, "6.1.0", [Read, Mount])
            .Sweep(SurfaceRun.Container("seccomp=unconfined"), "6.1.0", [Read, Refused])
            .Sweep(SurfaceRun.Container("caps=+sys_admin;seccomp=unconfined"), "6.1.0", [Read, Mount])
            .Sweep(SurfaceRun.Container("seccomp=unconfined") with { Engine = "podman" }, "6.1.0", [Read, Refused]);

        Assert.Equal(
            [["busybox:static|host|docker/runc||seccomp=unconfined", "sys_admin"], ["busybox:static|host|podman/runc||seccomp=unconfined", ""]],
            run.Query("SELECT cell, opened_by FROM evidence WHERE scope = 'runtime=runc' AND class = 'capability' ORDER BY cell"));
    }

    [Fact]
    public void Userlands_are_compared_under_one_engine()
    {
        SurfaceRun Run(string engine) => new SurfaceRun()
            .Sweep(SurfaceRun.Host, "6.1.0", [Read, Mount])
            .Sweep(SurfaceRun.Container(), "6.1.0", [Read, Mount])
            .Sweep(SurfaceRun.Container() with { Engine = engine, Userland = "debian:12" }, "6.1.0", [Read, Mount]);

        using var two = Run("podman");
        Assert.Equal("not checked", two.Checks()["userland-answers"].Holds);
        using var one = Run("docker");
        Assert.Equal("yes", one.Checks()["userland-answers"].Holds);
    }

    [Fact]
    public void The_only_engine_of_a_runtime_is_not_named_with_it()
    {
        using var run = new SurfaceRun()
            .Sweep(SurfaceRun.Host, "6.1.0", [Read, Mount])
            .Sweep(SurfaceRun.Container(), "6.1.0", [Read, Refused])
            .Sweep(SurfaceRun.Container("seccomp=unconfined"), "6.1.0", [Read, Mount]);

        Assert.Contains("1 call fails under runc with the engine's defaults", run.Verdicts()["runtime=runc"].Summary, StringComparison.Ordinal);
        Assert.Empty(run.Query("FROM engines_differ"));
    }
}
