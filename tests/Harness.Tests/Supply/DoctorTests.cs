using System.Collections.Immutable;
using Harness.Cli;
using Harness.Commands;
using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Host.Processes;
using Harness.Runtimes.Diagnosis;
using Harness.Sandboxes.Treatments;
using Spectre.Console.Testing;

namespace Harness.Tests.Supply;

public sealed class DoctorTests
{
    private static readonly ImmutableArray<UserlandDefinition> _userlands =
    [
        new UserlandDefinition { Id = "busybox:static", Bootstrap = new BootstrapRecipe("busybox", "", "") },
        new UserlandDefinition { Id = "debian:12", Images = ["docker.io/library/debian:12"], Bootstrap = new BootstrapRecipe("debian", "bookworm", "") },
        new UserlandDefinition { Id = "alpine:3", Images = ["docker.io/library/alpine:3"] },
    ];

    private static readonly DoctorFacts _nothing = new()
    {
        Kernel = new KernelFacts("6.1.0", null, null, null, null, null, null, null, null),
        Architecture = "riscv64",
        NoEngine = "no container engine answers: start Docker",
        HasAgent = false,
        Registries = ImmutableSortedDictionary<string, RuntimeAnswer>.Empty.Add("docker.io", new RuntimeAnswer(false, "cannot be reached (no such host)")),
        Cache = "/cache",
    };

    private static readonly DoctorFacts _everything = new()
    {
        Kernel = new KernelFacts("6.1.0", null, null, null, "none", "tsc", null, 2, "kill_process allow"),
        Architecture = "x86_64",
        Engine = new EngineFacts
        {
            Name = "docker",
            Version = "20.10.24",
            ApiVersion = "1.41",
            FoundBy = "private daemon",
            StorageDriver = "overlay2",
            Cgroup = "cgroupfs v2",
            SecurityOptions = ["name=seccomp,profile=default"],
            Components = ImmutableSortedDictionary<string, string>.Empty.Add("runc", "1.1.5"),
            Runtimes = ["runc", "runsc"],
        },
        Runtimes = ImmutableSortedDictionary<string, RuntimeAnswer>.Empty.Add("runc", new RuntimeAnswer(true, "a container ran")).Add("runsc", new RuntimeAnswer(false, "exit status 128: no ptrace")),
        Registries = ImmutableSortedDictionary<string, RuntimeAnswer>.Empty.Add("docker.io", new RuntimeAnswer(true, "answers")),
        Direct = ImmutableSortedDictionary<string, RuntimeAnswer>.Empty
            .Add("host", new RuntimeAnswer(true, "a sandbox ran; 3 of 3 aspects of its treatment proven"))
            .Add("namespaces", new RuntimeAnswer(true, "a sandbox ran"))
            .Add("/runc", new RuntimeAnswer(false, "asked for capabilities none, ran with others (by /proc/self/status in the sandbox)"))
            .Add("/runsc", new RuntimeAnswer(false, "runsc cannot run containers here: exit status 128: no ptrace"))
            .Add("/crun", new RuntimeAnswer(null, "crun is not installed: install crun, or run with --provision"))
            .Add("qemu", new RuntimeAnswer(true, "a sandbox ran by tcg with debian-bookworm")),
        Kvm = new RuntimeAnswer(false, "/dev/kvm opens, but a guest does not boot under it (it hung for 20 s)"),
        Mmdebstrap = "/usr/bin/mmdebstrap",
        Busybox = "/bin/busybox",
        Mirror = new RuntimeAnswer(true, "answers"),
        Cache = "/cache",
        FreeBytes = 12_340_000_000,
    };

    [Fact]
    public void How_the_engine_is_reached_is_said() =>
        Assert.StartsWith("docker 20.10.24, from private daemon, over ssh to lab, storage overlay2", Judge(_everything with { Reached = "over ssh to lab" }).Single(row => row.Check == "engine").Found, StringComparison.Ordinal);

    [Fact]
    public void A_machine_with_an_engine_is_told_in_these_words() => Assert.Equal(
        """
        ok       engine: docker 20.10.24, from private daemon, storage overlay2
                 needed by every container cell
        ok       engine API: 1.41, the engine's own
                 needed by every container cell
        ok       runtime runc: 1.1.5, a container ran
                 needed by *|host|docker/runc|*
        broken   runtime runsc: exit status 128: no ptrace
                 needed by *|host|docker/runsc|*
                 remedy: cells that name it are unavailable; the others run
        missing  runtime crun: the engine does not know it
                 needed by *|host|docker/crun|*
                 remedy: install crun; the private daemon then finds it
        ok       runtime host: a sandbox ran; 3 of 3 aspects of its treatment proven
                 needed by *|host|/host|*
        ok       runtime namespaces: a sandbox ran
                 needed by *|host|/namespaces|*
        broken   runtime /runc: asked for capabilities none, ran with others (by /proc/self/status in the sandbox)
                 needed by *|host|/runc|*
                 remedy: cells that name it are not measured; the others run
        broken   runtime /runsc: runsc cannot run containers here: exit status 128: no ptrace
                 needed by *|host|/runsc|*
                 remedy: cells that name it are not measured; the others run
        missing  runtime /crun: crun is not installed
                 needed by *|host|/crun|*
                 remedy: install crun, or run with --provision
        broken   accelerator kvm: /dev/kvm opens, but a guest does not boot under it (it hung for 20 s)
                 needed by times of virtual machines that are not emulated
                 remedy: virtual machines are emulated (tcg), which is slower; for KVM use a machine whose hardware or hypervisor offers it, and let the user open /dev/kvm
        ok       runtime qemu: a sandbox ran by tcg with debian-bookworm
                 needed by *|/qemu|*
        ok       probe agent: for x86_64
                 needed by every cell
        ok       cgroup: v2; the engine uses cgroupfs v2
                 needed by limits of memory and processes; every container cell
        ok       seccomp: the kernel has it; the engine's profile: default
                 needed by cells that compare with seccomp=unconfined
        ok       registry docker.io: answers
                 needed by 2 userlands, 1 of them available in no other way unless the engine has them
        ok       Debian mirror: answers
                 needed by debian:12
        ok       mmdebstrap: /usr/bin/mmdebstrap
                 needed by debian:12
        ok       busybox-static: /bin/busybox
                 needed by busybox:static
        ok       disk: 12.3 GB free for /cache
                 needed by images, layers made from packages, the private daemon
        ok       clock source: tsc
                 needed by timed cells
        ok       vsyscall: none: their calls are expected to crash, which is a result
                 needed by userlands with glibc before 2.14, as centos:5 and centos:6
                 remedy: to see them run, boot the kernel with vsyscall=xonly or vsyscall=emulate
        containers can be run here

        """,
        Print(_everything, json: false));

    [Fact]
    public void A_machine_without_anything_is_told_what_to_do_about_it()
    {
        var rows = Judge(_nothing);

        Assert.False(Doctor.CanRun(rows));
        Assert.All(rows, row => Assert.NotEqual(DoctorStatus.Ok, row.Status));
        Assert.All(rows.Where(row => row.Status is DoctorStatus.Missing or DoctorStatus.Broken), row => Assert.NotEqual("", row.Remedy));
        Assert.All(rows, row => Assert.DoesNotContain('\n', row.Found + row.Needs + row.Remedy));
        Assert.Equal("no container engine answers: start Docker", rows.Single(row => row.Check == "engine").Remedy);
        Assert.EndsWith("no container can be run here; experiments still run their cells on the host\n", Print(_nothing, json: false), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_Podman_it_is_said_which_runtime_a_run_takes_why_and_what_gives_another()
    {
        var rows = Judge(_everything with
        {
            Engine = _everything.Engine! with { Name = "podman", Version = "4.3.1", FoundBy = "--engine", Runtimes = ["crun"], DefaultRuntime = "crun" },
            Runtimes = ImmutableSortedDictionary<string, RuntimeAnswer>.Empty.Add("crun", new RuntimeAnswer(true, "a container ran")),
        });

        Assert.Equal("podman 4.3.1, from --engine, storage overlay2; all containers run under crun: its own setting, which its API does not change", rows.Single(row => row.Check == "engine").Found);
        Assert.Equal(DoctorStatus.Ok, rows.Single(row => row.Check == "runtime crun").Status);
        var runc = rows.Single(row => row.Check == "runtime runc");
        Assert.Equal((DoctorStatus.Missing, "*|host|podman/runc|*"), (runc.Status, runc.Needs));
        Assert.Contains("podman --runtime runc system service", runc.Remedy, StringComparison.Ordinal);
        Assert.True(Doctor.CanRun(rows));
    }

    [Fact]
    public void A_runtime_counts_only_when_a_container_ran()
    {
        var registered = _everything with { Runtimes = _everything.Runtimes.SetItem("runc", new RuntimeAnswer(false, "the agent ended with status 1")) };

        Assert.False(Doctor.CanRun(Judge(registered)));
        Assert.Equal(DoctorStatus.Unknown, Judge(_everything with { Runtimes = _everything.Runtimes.Remove("runc") }).Single(row => row.Check == "runtime runc").Status);
    }

    [Fact]
    public void Little_room_and_a_slow_clock_are_faults()
    {
        var rows = Judge(_everything with { FreeBytes = 1_000_000, Kernel = _everything.Kernel with { ClockSource = "hpet" } });

        Assert.Equal(["runtime runsc", "runtime /runc", "runtime /runsc", "accelerator kvm", "disk", "clock source"], rows.Where(row => row.Status == DoctorStatus.Broken).Select(row => row.Check));
    }

    [Fact]
    public void An_engine_in_a_VM_of_the_harness_is_there_or_says_what_it_lacks()
    {
        DoctorRow Row(RuntimeAnswer answer) => Judge(_everything with { EngineInVm = answer }).Single(row => row.Check == "engine docker@vm");

        Assert.Equal((DoctorStatus.Ok, "can be booted; not tried"), (Row(new RuntimeAnswer(true, "can be booted; not tried")).Status, Row(new RuntimeAnswer(true, "can be booted; not tried")).Found));
        var missing = Row(new RuntimeAnswer(null, "mmdebstrap is not installed: install it, or run with --provision"));
        Assert.Equal((DoctorStatus.Missing, "mmdebstrap is not installed", "install it, or run with --provision"), (missing.Status, missing.Found, missing.Remedy));
    }

    [Theory]
    [InlineData(true, DoctorStatus.Ok, "")]
    [InlineData(false, DoctorStatus.Ok, "what needs both on one kernel is unavailable: run the harness where the engine is")]
    [InlineData(null, DoctorStatus.Unknown, "")]
    public void Where_containers_run_is_told_with_the_product_and_the_signs(bool? shares, DoctorStatus status, string remedy)
    {
        var place = "containers run in a VM of Docker Desktop, by kernel-build (a kernel built for Docker Desktop)";
        var row = Judge(_everything with { EnginePlace = place, SharesKernel = shares }).Single(row => row.Check == "engine place");

        Assert.Equal((status, place, remedy), (row.Status, row.Found, row.Remedy));
    }

    [Fact]
    public void The_same_is_told_as_json()
    {
        using var json = System.Text.Json.JsonDocument.Parse(Print(_everything, json: true));

        Assert.True(json.RootElement.GetProperty("can_run_containers").GetBoolean());
        Assert.Equal("broken", json.RootElement.GetProperty("checks").EnumerateArray().Single(check => check.GetProperty("check").GetString() == "runtime runsc").GetProperty("status").GetString());
    }

    private static ImmutableArray<DoctorRow> Judge(DoctorFacts facts) => new Doctor([], _userlands).Judge(facts);

    private static string Print(DoctorFacts facts, bool json)
    {
        using var output = new TestConsole();
        using var error = new TestConsole();
        DoctorCommand.Print(Judge(facts), new Terminal(output, error), json);
        return output.Output;
    }
}
