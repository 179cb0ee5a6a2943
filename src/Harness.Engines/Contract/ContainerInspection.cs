namespace Harness.Engines.Contract;

/// <summary>What an engine says that it has made. Null is what it does not tell.</summary>
internal sealed record ContainerInspection
{
    /// <summary>The image, as the engine's store names it.</summary>
    internal string? Image { get; init; }

    /// <summary>The image, as it was asked for.</summary>
    internal string? AskedImage { get; init; }

    /// <summary>Whether it tells of health checks at all.</summary>
    internal bool TellsHealthCheck { get; init; }

    /// <summary>The health check; empty where there is none.</summary>
    internal ImmutableArray<string> HealthCheck { get; init; } = [];

    /// <summary>Its settings.</summary>
    internal ContainerHost? Host { get; init; }
}

/// <summary>A container's settings on its host, as the engine tells them.</summary>
internal sealed record ContainerHost
{
    /// <summary>The OCI runtime.</summary>
    internal string? Runtime { get; init; }

    /// <summary>As <c>seccomp=unconfined</c>; null where it tells none.</summary>
    internal ImmutableArray<string>? SecurityOptions { get; init; }

    /// <summary>Whether it may do all.</summary>
    internal bool IsPrivileged { get; init; }

    /// <summary>The network's mode.</summary>
    internal string? Network { get; init; }

    /// <summary>Whose processes it sees; empty: its own.</summary>
    internal string? PidMode { get; init; }

    /// <summary>Whose shared memory it has.</summary>
    internal string? IpcMode { get; init; }

    /// <summary>Whose host name it has; empty: its own.</summary>
    internal string? UtsMode { get; init; }

    /// <summary>Whose users it has; empty: the engine's default.</summary>
    internal string? UserMode { get; init; }

    /// <summary>Capabilities beside the default ones.</summary>
    internal ImmutableArray<string> AddedCapabilities { get; init; } = [];

    /// <summary>Capabilities taken away.</summary>
    internal ImmutableArray<string> DroppedCapabilities { get; init; } = [];

    /// <summary>Bytes of memory.</summary>
    internal long Memory { get; init; }

    /// <summary>Processes at once; 0: no limit.</summary>
    internal long Processes { get; init; }

    /// <summary>Whether all of its mounts are read-only.</summary>
    internal bool MountsAreReadOnly { get; init; } = true;

    /// <summary>Whether the engine puts a first process of its own before the image's.</summary>
    internal bool HasInit { get; init; }

    /// <summary>Limits of its processes, by the name without RLIMIT_.</summary>
    internal ImmutableArray<ContainerUlimit> Ulimits { get; init; } = [];
}

/// <summary>A limit of a container's processes; below 0: unlimited.</summary>
/// <param name="Name">As <c>nofile</c>.</param>
/// <param name="Soft">What holds.</param>
/// <param name="Hard">How far it may be raised.</param>
internal sealed record ContainerUlimit(string Name, long Soft, long Hard);

/// <summary>How a container is.</summary>
/// <param name="Process">Its first process, by the engine's count; 0 where none runs.</param>
/// <param name="ExitCode">How it ended.</param>
/// <param name="WasOutOfMemory">Whether the kernel ended it for its memory.</param>
internal sealed record ContainerState(int Process, int ExitCode, bool WasOutOfMemory);

/// <summary>A container's part of the engine's disk.</summary>
/// <param name="Image">The image's id.</param>
/// <param name="Written">Bytes of its writable layer; null where the engine does not tell.</param>
internal sealed record ContainerDisk(string Image, long? Written);

/// <summary>A container in a list.</summary>
/// <param name="Id">The engine's id.</param>
/// <param name="Name">Its first name, without a slash; the id where it has none.</param>
/// <param name="IsRunning">Whether it runs.</param>
/// <param name="Labels">Its labels.</param>
internal sealed record ContainerSummary(string Id, string Name, bool IsRunning, ImmutableSortedDictionary<string, string> Labels);
