using System.Text.Json.Serialization;

namespace Harness.Core.Model;

/// <summary>What is known of the machine and the tool at the start of a run: <c>environments/&lt;host_id&gt;.json</c>. Null: could not be told.</summary>
public sealed record HostEnvironment
{
    /// <summary>The file's format.</summary>
    public int SchemaVersion { get; init; } = 1;

    /// <summary>Names this machine in rows, without telling who it is: 12 hex digits of a hash of an id that was drawn at random for the machine, or for its boot.</summary>
    public required string HostId { get; init; }

    /// <summary>Whose id that is where it is not Linux's machine id or boot: <c>system</c> (macOS's, Windows's) or <c>drawn</c> (the harness's own).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? HostIdFrom { get; init; }

    /// <summary>Whether the id may be a hash of the host's name, which can be guessed: earlier versions named hosts so where they had no id of Linux's.</summary>
    [JsonIgnore]
    public bool MayBeNamed => HostIdFrom is null && Kernel.Version is null;

    /// <summary>The harness.</summary>
    public required ToolFacts Tool { get; init; }

    /// <summary>The operating system the harness runs on.</summary>
    public required OsFacts Os { get; init; }

    /// <summary>Its kernel.</summary>
    public required KernelFacts Kernel { get; init; }

    /// <summary>Its hardware.</summary>
    public required HardwareFacts Hardware { get; init; }

    /// <summary>The container engine; null where none was used.</summary>
    public EngineFacts? Engine { get; init; }

    /// <summary>The engines of a run that gave its engines names, by the name that rows have, that in a VM included; null where it gave none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ImmutableSortedDictionary<string, EngineFacts>? Engines { get; init; }

    /// <summary>The engine in a VM of the harness; null where none was used.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public EngineFacts? EngineInVm { get; init; }

    /// <summary>
    /// The engines of this host's rows with what distinguishes them in words: nothing for the only one, <c> podman</c> for one that has a name.
    /// </summary>
    [JsonIgnore]
    public ImmutableArray<(string Called, EngineFacts Facts)> EnginesByName =>
        Engines is { } named ? [.. named.Select(one => (" " + one.Key, one.Value))] : Engine is { } engine ? [("", engine)] : [];

    /// <summary>Every engine of this host, that in a VM of the harness included.</summary>
    [JsonIgnore]
    public IEnumerable<EngineFacts> AllEngines => EnginesByName.Select(one => one.Facts).Concat(Engines is null && EngineInVm is { } inVm ? [inVm] : []);

    /// <summary>Limits that could not be applied, and other things a reader must know, each one sentence.</summary>
    public ImmutableArray<string> Remarks { get; init; } = [];
}

/// <summary>The harness: version, commit of its repository and whether that was modified, the command line's arguments, the seed.</summary>
public sealed record ToolFacts(string Version, string? Commit, bool? Dirty, ImmutableArray<string> Arguments, ulong Seed, DateTimeOffset StartedAt)
{
    /// <summary>Why the commit is not known, as git says it; null where it is, or where there is no repository.</summary>
    public string? CommitUnknown { get; init; }
}

/// <summary>os-release's PRETTY_NAME, ID and VERSION_ID, and the architecture as uname has it.</summary>
public sealed record OsFacts(string PrettyName, string? Id, string? VersionId, string Architecture);

/// <summary>The kernel as uname, /proc and /sys tell it. <c>Vsyscall</c> is observed: none, xonly, emulate.</summary>
public sealed record KernelFacts(string Release, string? Version, string? Cmdline, string? ConfigSha256, string? Vsyscall, string? ClockSource, string? Lsm, int? CgroupVersion, string? Seccomp);

/// <summary>CPU model, logical processors, memory in bytes, load averages (1, 5, 15 minutes) at the start.</summary>
public sealed record HardwareFacts(string? CpuModel, int LogicalCpus, long? MemoryBytes, ImmutableArray<double> LoadAverage, string? Hypervisor)
{
    /// <summary>The governors of the processors' frequency, each once, joined by commas: <c>performance</c>.</summary>
    public string? Governor { get; init; }

    /// <summary>Whether processors may go beyond their nominal frequency.</summary>
    public bool? Boost { get; init; }

    /// <summary>Whether two logical processors share a core.</summary>
    public bool? Smt { get; init; }

    /// <summary>What the kernel does about each known weakness of the processors, by its name there: <c>spectre_v2</c>.</summary>
    public ImmutableSortedDictionary<string, string>? Mitigations { get; init; }

    /// <summary>When memory is given in huge pages without being asked: <c>always</c>, <c>madvise</c>, <c>never</c>.</summary>
    public string? TransparentHugePages { get; init; }

    /// <summary>Swap in bytes; 0 where there is none.</summary>
    public long? SwapBytes { get; init; }

    /// <summary>The number of memory nodes.</summary>
    public int? NumaNodes { get; init; }
}

/// <summary>The engine as its API tells it.</summary>
public sealed record EngineFacts
{
    /// <summary>The name of its row in <see cref="Planning.KnownEngines"/>.</summary>
    public required string Name { get; init; }

    /// <summary>The server's version.</summary>
    public required string Version { get; init; }

    /// <summary>The API version in use.</summary>
    public required string ApiVersion { get; init; }

    /// <summary>Where it came from: <c>--engine</c>, <c>DOCKER_HOST</c>, <c>context</c>, <c>default socket</c>, <c>private daemon</c>.</summary>
    public required string FoundBy { get; init; }

    /// <summary>What kind of address it is reached by, as <c>a local socket</c> or <c>ssh</c>; null in runs of engines without names.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Endpoint { get; init; }

    /// <summary>The server's operating system, as it says.</summary>
    public string? OperatingSystem { get; init; }

    /// <summary>The server's kernel release, as it says.</summary>
    public string? KernelVersion { get; init; }

    /// <summary>Of an engine elsewhere: names its machine as <see cref="HostEnvironment.HostId"/> names this one, for this host alone; null where it is not known.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Machine { get; init; }

    /// <summary>What it says of where it runs; null where it was not asked.</summary>
    [JsonIgnore]
    public EngineTold? Told { get; init; }

    /// <summary>Storage driver.</summary>
    public string? StorageDriver { get; init; }

    /// <summary>How it keeps images, and so what it means by an image's size: <c>graph driver</c>, <c>containerd</c>, <c>containers/storage</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ImageStore { get; init; }

    /// <summary>Cgroup driver and version.</summary>
    public string? Cgroup { get; init; }

    /// <summary>
    /// Security options, in Docker's words. Judged by: <c>name=seccomp,profile=default</c> (else it has no filter unless asked), <c>name=userns</c> and
    /// <c>name=rootless</c> (containers have users of their own).
    /// </summary>
    public ImmutableArray<string> SecurityOptions { get; init; } = [];

    /// <summary>Version by component: containerd, runc, runsc, ….</summary>
    public ImmutableSortedDictionary<string, string> Components { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Registered OCI runtimes.</summary>
    public ImmutableArray<string> Runtimes { get; init; } = [];

    /// <summary>Their programs, by name, as the engine tells them: a path, or a name. Paths are nobody's business who reads a run.</summary>
    [JsonIgnore]
    public ImmutableSortedDictionary<string, string> RuntimePrograms { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>The one that containers get where none is asked for. The harness asks for each by name.</summary>
    public string? DefaultRuntime { get; init; }

    /// <summary>The capabilities that containers have where none is asked for, as <c>CAP_CHOWN</c>; null: Docker's, which no API tells.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ImmutableArray<string>? DefaultCapabilities { get; init; }

    /// <summary>Why it keeps no limit of memory and processes, as a sentence's end: <c>it runs without root under cgroup v1</c>; null: it keeps them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Unlimited { get; init; }
}
