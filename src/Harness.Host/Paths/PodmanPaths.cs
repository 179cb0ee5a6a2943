namespace Harness.Host.Paths;

/// <summary>The files of the private Podman, all in one folder of the cache.</summary>
/// <param name="Engine">The cache's paths.</param>
public sealed record PodmanPaths(EnginePaths Engine)
{
    /// <summary>All of it: what names this folder in its arguments is of this Podman's family.</summary>
    public string Folder => Path.Combine(Engine.Root, "podman");

    /// <summary>Images and containers.</summary>
    public string Store => Path.Combine(Folder, "store");

    /// <summary>State of running containers, which the store's mounts are part of.</summary>
    public string Run => Path.Combine(Folder, "run");

    /// <summary>Podman's own state: locks, exit codes, sockets to attach to.</summary>
    public string Temporary => Path.Combine(Folder, "tmp");

    /// <summary>The networks of its containers: none of the host's.</summary>
    public string Networks => Path.Combine(Folder, "networks");

    /// <summary>Settings of its storage: never those of the machine's own Podman.</summary>
    public string Storage => Path.Combine(Folder, "storage.conf");

    /// <summary>What its services say.</summary>
    public string Log => Path.Combine(Folder, "service.log");

    /// <summary>Held for the short time in which services are started or stopped.</summary>
    public string Mutex => Path.Combine(Folder, "mutex.lock");

    /// <summary>One file a process that uses it, locked as long as it lives.</summary>
    public string Users => Path.Combine(Folder, "users");

    /// <summary>The settings of the service that runs containers by a runtime.</summary>
    public string Settings(string runtime) => Path.Combine(Folder, runtime + ".conf");

    /// <summary>That service's socket.</summary>
    public string Socket(string runtime) => Path.Combine(Folder, runtime + ".sock");

    /// <summary>Where that runtime keeps its state.</summary>
    public string State(string runtime) => Path.Combine(Folder, "state", runtime);

    /// <summary>The states of all runtimes.</summary>
    public string States => Path.Combine(Folder, "state");
}
