namespace Harness.Core.Planning;

/// <summary>The table of engines. An engine is a row of it and its API's line in <c>Harness.Engines/Connecting/EngineApis.cs</c>: docs/adding-an-engine.md.</summary>
public static class KnownEngines
{
    /// <summary>All of them, as they are listed.</summary>
    public static ImmutableArray<EngineDefinition> All { get; } =
    [
        new(RuntimeNames.Docker, "Docker") { IsStarted = true, Daemon = "dockerd" },
        new(RuntimeNames.Podman, "Podman")
        {
            IsStarted = true,
            Daemon = "podman",
            OtherRuntime = "set runtime=\"{runtime}\" in its containers.conf and start it again, or start a second service (podman --runtime {runtime} system service -t 0 unix:///PATH) and name that with --engine",
        },
        new(RuntimeNames.DockerInVm, "Docker in a VM of the harness") { IsBooted = true },
    ];

    /// <summary>Those that are looked for.</summary>
    public static ImmutableArray<EngineDefinition> Found { get; } = [.. All.Where(engine => !engine.IsBooted)];

    /// <summary>The names of those that the harness can start on this host.</summary>
    public static ImmutableArray<string> Started { get; } = [.. All.Where(engine => engine.IsStarted).Select(engine => engine.Name)];

    /// <summary>The engine of that name; null where there is none, as for a cell without an engine.</summary>
    public static EngineDefinition? Find(string name) => All.FirstOrDefault(engine => engine.Name == name);
}
