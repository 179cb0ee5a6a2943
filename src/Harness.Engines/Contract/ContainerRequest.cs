namespace Harness.Engines.Contract;

/// <summary>A container that an engine is asked to make. What is left out is the image's, or the engine's default.</summary>
internal sealed record ContainerRequest
{
    /// <summary>Its name; null: the engine makes one up.</summary>
    internal string? Name { get; init; }

    /// <summary>The image's id.</summary>
    internal required string Image { get; init; }

    /// <summary>Its first program with arguments; default: the image's.</summary>
    internal ImmutableArray<string> EntryPoint { get; init; }

    /// <summary>Arguments behind those; default: the image's.</summary>
    internal ImmutableArray<string> Command { get; init; }

    /// <summary><c>NAME=VALUE</c>, beside the image's.</summary>
    internal ImmutableArray<string> Environment { get; init; }

    /// <summary>Names and values by which it is found again.</summary>
    internal ImmutableArray<(string Name, string Value)> Labels { get; init; } = [];

    /// <summary><c>UID:GID</c>.</summary>
    internal string? User { get; init; }

    /// <summary>Where it starts.</summary>
    internal string? WorkingDirectory { get; init; }

    /// <summary>Whether the image's own health check is left out.</summary>
    internal bool HasNoHealthCheck { get; init; }

    /// <summary>Whether its output will be read.</summary>
    internal bool IsAttached { get; init; }

    /// <summary>The OCI runtime, by the engine's name for it.</summary>
    internal string? Runtime { get; init; }

    /// <summary><c>none</c> or <c>bridge</c>, in Docker's words.</summary>
    internal string? Network { get; init; }

    /// <summary><c>no-new-privileges</c>, <c>seccomp=unconfined</c>: in Docker's words.</summary>
    internal ImmutableArray<string> SecurityOptions { get; init; }

    /// <summary>Capabilities beside the engine's default ones.</summary>
    internal ImmutableArray<string> AddedCapabilities { get; init; }

    /// <summary>Capabilities taken away; <c>ALL</c> is all of them.</summary>
    internal ImmutableArray<string> DroppedCapabilities { get; init; }

    /// <summary>Bytes of memory, without swap beyond it; 0: no limit.</summary>
    internal long Memory { get; init; }

    /// <summary>Processes at once; null: no limit.</summary>
    internal long? Processes { get; init; }

    /// <summary>A folder of the engine's own machine to show read-only; null: none.</summary>
    internal FolderMount? Mount { get; init; }

    /// <summary>What becomes of its output beside being read; <c>none</c>: nothing.</summary>
    internal string? LogDriver { get; init; }
}

/// <summary>A folder shown to a container, read-only.</summary>
/// <param name="Source">On the engine's machine.</param>
/// <param name="Target">In the container.</param>
internal sealed record FolderMount(string Source, string Target);
