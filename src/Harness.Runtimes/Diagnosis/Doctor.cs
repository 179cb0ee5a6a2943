using System.Globalization;
using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Engines.Connecting;
using Harness.Engines.Endpoints;
using Harness.Host.Provisioning;
using Harness.Images.Packages;
using Harness.Images.Userlands;
using Harness.Sandboxes.Treatments;

namespace Harness.Runtimes.Diagnosis;

/// <summary>Judges what was found on a machine: what of it works, what needs it, how to fix it. Pure.</summary>
/// <param name="experiments">What may be run here.</param>
/// <param name="userlands">The catalogue.</param>
public sealed class Doctor(ImmutableArray<ExperimentDefinition> experiments, ImmutableArray<UserlandDefinition> userlands)
{
    /// <summary>Images and layers of the quick tier, with room for the engine's copy.</summary>
    private const long EnoughBytes = 4_000_000_000;

    private static readonly ImmutableArray<string> GoodClocks = ["tsc", "kvm-clock", "hyperv_clocksource_tsc_page", "arch_sys_counter", "xen"];

    /// <summary>Whether a container cell can run.</summary>
    public static bool CanRun(ImmutableArray<DoctorRow> rows) => KnownRuntimes.Oci.Any(runtime => rows.Any(row => row.Check == RuntimeCheck(runtime.Name) && row.Status == DoctorStatus.Ok));

    /// <summary>All checks, in a fixed order.</summary>
    public ImmutableArray<DoctorRow> Judge(DoctorFacts facts) =>
    [
        Engine(facts),
        Api(facts),
        .. Place(facts),
        .. facts.Engines.Select(engine => EngineRows.Of(engine, facts.Engines.FirstOrDefault(other => other.Taken is not null))),
        .. KnownRuntimes.Oci.Select(runtime => Runtime(facts, runtime.Name)),
        .. KnownRuntimes.All.Where(runtime => runtime.Kind != RuntimeKind.VirtualMachine).Select(runtime => Sandbox(facts, runtime, $"*|host|/{runtime.Name}|*")),
        Accelerator(facts),
        .. KnownRuntimes.All.Where(runtime => runtime.Kind == RuntimeKind.VirtualMachine).Select(runtime => Sandbox(facts, runtime, $"*|/{runtime.Name}|*")),
        .. InVm(facts),
        Agent(facts),
        Cgroup(facts),
        Seccomp(facts),
        .. facts.Registries.Select(registry => Registry(registry.Key, registry.Value)),
        Mirror(facts),
        Mmdebstrap(facts),
        Busybox(facts),
        Disk(facts),
        Clock(facts),
        Vsyscall(facts),
    ];

    private DoctorRow Engine(DoctorFacts facts) => facts.Engine is { } engine
        ? new DoctorRow("engine", DoctorStatus.Ok, $"{engine.Name} {engine.Version}, from {engine.FoundBy}{(facts.Reached is { } reached ? $", {reached}" : "")}, storage {engine.StorageDriver ?? "unknown"}{Takes(engine)}", AllContainers(), "")
        : new DoctorRow("engine", DoctorStatus.Missing, "none", AllContainers(), facts.NoEngine);

    // Docker is asked for each runtime by its name.
    private static string Takes(EngineFacts engine) =>
        KnownEngines.Find(engine.Name) is { OtherRuntime: not null } ? $"; all containers run under {engine.DefaultRuntime}: its own setting, which its API does not change" : "";

    private DoctorRow Api(DoctorFacts facts) => facts.Engine is { } engine
        ? new DoctorRow("engine API", DoctorStatus.Ok, $"{engine.ApiVersion}, the engine's own", AllContainers(), "")
        : new DoctorRow("engine API", DoctorStatus.Unknown, "no engine to ask", AllContainers(), "fix the engine first");

    private ImmutableArray<DoctorRow> Place(DoctorFacts facts) => facts.EnginePlace is not { } place ? []
        : [new DoctorRow(
            "engine place", facts.SharesKernel is null ? DoctorStatus.Unknown : DoctorStatus.Ok, place, Needs(experiment => experiment.Id == "engine-in-vm", "what this system's clocks and processes say of containers"),
            facts.SharesKernel == false ? "what needs both on one kernel is unavailable: run the harness where the engine is" : "")];

    private DoctorRow Runtime(DoctorFacts facts, string runtime)
    {
        var needs = Needs(experiment => experiment.Matrix.Runtimes.Any(name => RuntimeNames.Resolve(name).Runtime == runtime), $"*|host|{facts.Engine?.Name ?? RuntimeNames.Docker}/{runtime}|*");
        if (facts.Engine is null)
            return new DoctorRow(RuntimeCheck(runtime), DoctorStatus.Unknown, "no engine to try it with", needs, "fix the engine first");
        var version = facts.Engine.Components.GetValueOrDefault(runtime);
        var answer = facts.Runtimes.GetValueOrDefault(runtime) ?? new RuntimeAnswer(null, "not tried");
        if (KnownEngines.Find(facts.Engine.Name) is { OtherRuntime: { } other } && EngineRuntimes.Missing(facts.Engine, runtime) is not null)
        {
            return new DoctorRow(
                RuntimeCheck(runtime), DoctorStatus.Missing, $"this service runs every container under {facts.Engine.DefaultRuntime}, whatever it is asked for", needs,
                other.Replace("{runtime}", runtime, StringComparison.Ordinal));
        }

        if (EngineRuntimes.Missing(facts.Engine, runtime) is not null)
        {
            return new DoctorRow(
                RuntimeCheck(runtime), DoctorStatus.Missing, "the engine does not know it", needs,
                facts.Engine.FoundBy == EngineEndpoint.ByPrivateDaemon ? $"install {runtime}; the private daemon then finds it" : $"install {runtime} and register it in the engine's settings (Docker's daemon.json)");
        }

        return answer.Works switch
        {
            true => new DoctorRow(RuntimeCheck(runtime), DoctorStatus.Ok, $"{(version is null ? "" : version + ", ")}{answer.Said}", needs, ""),
            false => new DoctorRow(RuntimeCheck(runtime), DoctorStatus.Broken, answer.Said, needs, runtime == KnownRuntimes.Default.Name ? "see the engine's log; cells on the host still run" : "cells that name it are unavailable; the others run"),
            _ => new DoctorRow(RuntimeCheck(runtime), DoctorStatus.Unknown, answer.Said, needs, "make busybox:static available: 'harness images bootstrap busybox:static' says what is missing"),
        };
    }

    private DoctorRow Sandbox(DoctorFacts facts, RuntimeDefinition definition, string cells)
    {
        var runtime = definition.DirectName;
        var needs = Needs(experiment => experiment.Matrix.Runtimes.Any(name => RuntimeNames.Resolve(name) == ("", definition.Name)), cells);
        return facts.Direct.GetValueOrDefault(runtime) switch
        {
            null => new DoctorRow(RuntimeCheck(runtime), DoctorStatus.Unknown, "not tried", needs, ""),
            { Works: true } answer => new DoctorRow(RuntimeCheck(runtime), DoctorStatus.Ok, answer.Said, needs, ""),
            { Works: false } answer => new DoctorRow(RuntimeCheck(runtime), DoctorStatus.Broken, answer.Said, needs, "cells that name it are not measured; the others run"),
            // What is missing is said with its remedy, as in the rows of a run.
            { } answer when answer.Said.LastIndexOf(": ", StringComparison.Ordinal) is > 0 and var at => new DoctorRow(RuntimeCheck(runtime), DoctorStatus.Missing, answer.Said[..at], needs, answer.Said[(at + 2)..]),
            { } answer => new DoctorRow(RuntimeCheck(runtime), DoctorStatus.Missing, answer.Said, needs, "cells that name it are not measured; the others run"),
        };
    }

    private ImmutableArray<DoctorRow> InVm(DoctorFacts facts)
    {
        const string Check = $"engine {RuntimeNames.DockerInVm}";
        var needs = Needs(experiment => experiment.Matrix.Runtimes.Any(name => RuntimeNames.Resolve(name).Engine == RuntimeNames.DockerInVm), $"*|{RuntimeNames.DockerInVm}/runc|*");
        return facts.EngineInVm switch
        {
            null => [],
            { Works: true } answer => [new DoctorRow(Check, DoctorStatus.Ok, answer.Said, needs, "")],
            var answer => [new DoctorRow(Check, DoctorStatus.Missing, answer.Said.Split(": ")[0], needs, answer.Said.Split(": ", 2)[^1])],
        };
    }

    private DoctorRow Accelerator(DoctorFacts facts)
    {
        const string Check = "accelerator kvm";
        const string Emulation = "virtual machines are emulated (tcg), which is slower; for KVM use a machine whose hardware or hypervisor offers it, and let the user open /dev/kvm";
        var needs = Needs(experiment => experiment.Timed && experiment.Matrix.Runtimes.Any(name => KnownRuntimes.Is(name, RuntimeKind.VirtualMachine)), "times of virtual machines that are not emulated");
        return facts.Kvm.Works switch
        {
            true => new DoctorRow(Check, DoctorStatus.Ok, facts.Kvm.Said, needs, ""),
            false => new DoctorRow(Check, DoctorStatus.Broken, facts.Kvm.Said, needs, Emulation),
            _ => new DoctorRow(Check, DoctorStatus.Missing, facts.Kvm.Said, needs, Emulation),
        };
    }

    private DoctorRow Agent(DoctorFacts facts) => facts.HasAgent
        ? new DoctorRow("probe agent", DoctorStatus.Ok, $"for {facts.Architecture}", Needs(_ => true, "every cell"), "")
        : new DoctorRow("probe agent", DoctorStatus.Missing, $"none for {facts.Architecture}", Needs(_ => true, "every cell"), "use x86_64 or arm64, or build it: experiments/probes/build.sh");

    private DoctorRow Cgroup(DoctorFacts facts)
    {
        var engine = facts.Engine?.Cgroup is { } driver ? $"; the engine uses {driver}" : "";
        return facts.Kernel.CgroupVersion is { } version
            ? new DoctorRow("cgroup", DoctorStatus.Ok, $"v{version}{engine}", $"limits of memory and processes; {AllContainers()}", version == 1 ? "crun wants v2: boot with systemd.unified_cgroup_hierarchy=1 if its cells matter" : "")
            : new DoctorRow("cgroup", DoctorStatus.Unknown, "not mounted on /sys/fs/cgroup", $"limits of memory and processes; {AllContainers()}", "mount cgroup2 on /sys/fs/cgroup, or name an engine elsewhere with --engine URI");
    }

    private DoctorRow Seccomp(DoctorFacts facts)
    {
        var needs = Needs(experiment => experiment.Matrix.Variants.Any(variant => variant.Contains("seccomp", StringComparison.Ordinal)) || experiment.Id == "syscall-surface", "cells that compare with seccomp=unconfined");
        var profile = facts.Engine?.SecurityOptions.FirstOrDefault(option => option.StartsWith("name=seccomp", StringComparison.Ordinal));
        if (facts.Kernel.Seccomp is null)
            return new DoctorRow("seccomp", DoctorStatus.Unknown, "the kernel does not tell", needs, "");
        return facts.Engine is null ? new DoctorRow("seccomp", DoctorStatus.Unknown, "the kernel has it; no engine to ask for its profile", needs, "fix the engine first")
            : profile is null ? new DoctorRow("seccomp", DoctorStatus.Missing, "the engine filters no system calls", needs, "start the engine with its default seccomp profile")
            : new DoctorRow("seccomp", DoctorStatus.Ok, $"the kernel has it; the engine's profile: {profile.Split("profile=")[^1]}", needs, "");
    }

    private DoctorRow Registry(string host, RuntimeAnswer answer)
    {
        var from = userlands.Where(userland => userland.Images.Any(image => ImageReference.Parse(image).Host == host)).ToList();
        var only = from.Count(userland => userland.Bootstrap is null);
        var needs = string.Create(CultureInfo.InvariantCulture, $"{from.Count} {(from.Count == 1 ? "userland" : "userlands")}, {only} of them available in no other way unless the engine has them");
        return answer.Works == true
            ? new DoctorRow($"registry {host}", DoctorStatus.Ok, answer.Said, needs, "")
            : new DoctorRow($"registry {host}", answer.Works is null ? DoctorStatus.Unknown : DoctorStatus.Missing, answer.Said, needs, "go through a proxy (HTTPS_PROXY), or copy images elsewhere with 'harness images mirror' and use --mirror images=WHERE");
    }

    private DoctorRow Mirror(DoctorFacts facts) => facts.Mirror.Works switch
    {
        true => new DoctorRow("Debian mirror", DoctorStatus.Ok, facts.Mirror.Said, Recipes("debian"), ""),
        false => new DoctorRow("Debian mirror", DoctorStatus.Missing, facts.Mirror.Said, Recipes("debian"), $"give another with --mirror debian=URL or {Mirrors.DebianVariable}"),
        _ => new DoctorRow("Debian mirror", DoctorStatus.Missing, "none is known", Recipes("debian"), $"name one with --mirror debian=URL or {Mirrors.DebianVariable}"),
    };

    private DoctorRow Mmdebstrap(DoctorFacts facts) =>
        Tool("mmdebstrap", facts.Mmdebstrap, Recipes("debian"), "install mmdebstrap, or run as root with --provision");

    private DoctorRow Busybox(DoctorFacts facts) =>
        Tool("busybox-static", facts.Busybox, Recipes("busybox"), "install busybox-static, or run as root with --provision");

    private static DoctorRow Tool(string name, string? path, string needs, string remedy) => path is null
        ? new DoctorRow(name, DoctorStatus.Missing, "not installed", needs, remedy)
        : new DoctorRow(name, DoctorStatus.Ok, path, needs, "");

    private static DoctorRow Disk(DoctorFacts facts)
    {
        const string Needs = "images, layers made from packages, the private daemon";
        if (facts.FreeBytes is not { } free)
            return new DoctorRow("disk", DoctorStatus.Unknown, $"{facts.Cache} does not tell what is free", Needs, "set XDG_CACHE_HOME to a local file system");
        var found = string.Create(CultureInfo.InvariantCulture, $"{free / 1e9:0.0} GB free for {facts.Cache}");
        return free >= EnoughBytes
            ? new DoctorRow("disk", DoctorStatus.Ok, found, Needs, "")
            : new DoctorRow("disk", DoctorStatus.Broken, found, Needs, "free some: 'harness clean --images' removes what can be made again, XDG_CACHE_HOME moves the cache");
    }

    private DoctorRow Clock(DoctorFacts facts)
    {
        var needs = Needs(experiment => experiment.Timed, "timed cells");
        return facts.Kernel.ClockSource is not { } clock
            ? new DoctorRow("clock source", DoctorStatus.Unknown, "the kernel does not tell", needs, "")
            : GoodClocks.Contains(clock) ? new DoctorRow("clock source", DoctorStatus.Ok, clock, needs, "")
            : new DoctorRow("clock source", DoctorStatus.Broken, $"{clock}: slow to read", needs, "boot with a usable TSC (clocksource=tsc), or measure times on another host");
    }

    private DoctorRow Vsyscall(DoctorFacts facts)
    {
        var needs = Needs(experiment => experiment.Id == "legacy-userland", "userlands with glibc before 2.14, as centos:5 and centos:6");
        return facts.Kernel.Vsyscall switch
        {
            null => new DoctorRow("vsyscall", DoctorStatus.Unknown, "not to be told, or no such thing on this architecture", needs, ""),
            // Under none the addresses are not mapped. Old programs call them, they do not read them: that works under xonly too.
            "none" => new DoctorRow("vsyscall", DoctorStatus.Ok, "none: their calls are expected to crash, which is a result", needs, "to see them run, boot the kernel with vsyscall=xonly or vsyscall=emulate"),
            var mode => new DoctorRow("vsyscall", DoctorStatus.Ok, $"{mode}: their calls are expected to work", needs, ""),
        };
    }

    private string AllContainers() => Needs(experiment => experiment.Matrix.Runtimes.Any(name => !KnownRuntimes.Is(name, RuntimeKind.Process)), "every container cell");

    private string Recipes(string kind) => string.Join(", ", userlands.Where(userland => userland.Bootstrap?.Kind == kind).Select(userland => userland.Id));

    private string Needs(Func<ExperimentDefinition, bool> concerns, string cells) =>
        string.Join(": ", new[] { string.Join(", ", experiments.Where(concerns).Select(experiment => experiment.Id)), cells }.Where(text => text.Length > 0));

    private static string RuntimeCheck(string runtime) => $"runtime {runtime}";
}
