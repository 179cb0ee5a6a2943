using Harness.Core;
using Harness.Host.Processes;

namespace Harness.Host.Paths;

/// <summary>The files of the private daemon and the caches, all in one folder of the user's.</summary>
/// <param name="Root">Absolute and without symbolic links, as mounts and command lines show it.</param>
public sealed record EnginePaths(string Root)
{
    /// <summary>
    /// gVisor and containerd put sockets below <see cref="Exec"/>, and a socket's path has at most 107 bytes;
    /// the longest seen below it is <c>/containerd/containerd.sock.ttrpc</c>.
    /// </summary>
    internal const int LongestRoot = 68;

    /// <summary>Why the daemon cannot live here; null where it can.</summary>
    internal string? TooDeep => Root.Length <= LongestRoot
        ? null
        : $"the cache folder '{Root}' is too long a path for the engine's sockets: set XDG_CACHE_HOME to one of at most {LongestRoot - "/harness".Length} characters";

    /// <summary>Images, layers and containers.</summary>
    public string Data => Path.Combine(Root, "engine", "data");

    /// <summary>State of running containers.</summary>
    public string Exec => Path.Combine(Root, "engine", "exec");

    /// <summary>The daemon's process id.</summary>
    public string PidFile => Path.Combine(Root, "engine", "pid");

    /// <summary>Its only socket.</summary>
    public string Socket => Path.Combine(Root, "engine", "sock");

    /// <summary>Its settings: never those of the machine's own Docker.</summary>
    public string Settings => Path.Combine(Root, "engine", "daemon.json");

    /// <summary>Its containerd's settings.</summary>
    public string ContainerdSettings => Path.Combine(Root, "engine", "containerd.toml");

    /// <summary>Its containerd's socket.</summary>
    public string ContainerdSocket => Path.Combine(Exec, "containerd", "containerd.sock");

    /// <summary>What daemon and containerd say.</summary>
    public string Log => Path.Combine(Root, "engine", "daemon.log");

    /// <summary>Held for the short time in which the daemon is started or stopped.</summary>
    public string Mutex => Path.Combine(Root, "engine", "mutex.lock");

    /// <summary>One file a process that uses the daemon, locked as long as it lives.</summary>
    public string Users => Path.Combine(Root, "engine", "users");

    /// <summary>Kernels that virtual machines boot, taken apart.</summary>
    public string Kernels => Path.Combine(Root, "kernels");

    /// <summary>Userlands as archives and disks for virtual machines.</summary>
    public string Machines => Path.Combine(Root, "machines");

    /// <summary>Userlands as folders.</summary>
    public string Trees => Path.Combine(Root, "trees");

    /// <summary>Userlands made from packages.</summary>
    public string Userlands => Path.Combine(Root, "userlands");

    /// <summary>What images hold, hashed once an image.</summary>
    public string Filesystems => Path.Combine(Root, "filesystems");

    /// <summary>Engines that hold nothing but what is being pulled into them: a folder for each process.</summary>
    public string Pulls => Path.Combine(Root, "pull");

    /// <summary>What each run pulled, for it to be removed: a file for each engine of each run that is not finished.</summary>
    public string PulledBy => Path.Combine(Root, "pulled");

    /// <summary>One file for each image in each engine that runs use, and one for its files in this cache, locked as long as they do.</summary>
    public string ImageLeases => Path.Combine(Root, "images");

    /// <summary>Folders that live as long as a run.</summary>
    public string Temporary => Path.Combine(Root, "tmp");

    /// <summary>Logs of package installation.</summary>
    public string Logs => Path.Combine(Root, "logs");

    /// <summary><c>$XDG_CACHE_HOME/harness</c>, <c>~/.cache/harness</c>, or the platform's folder for local data.</summary>
    public static EnginePaths Default()
    {
        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } xdg && Path.IsPathRooted(xdg)
            ? xdg
            : OperatingSystem.IsWindows()
                ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
                : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        return At(Path.Combine(cache, "harness"));
    }

    /// <summary>The paths under a folder, which is created, for its owner only.</summary>
    /// <exception cref="HarnessException">It cannot be created, or is not the user's own.</exception>
    public static EnginePaths At(string root)
    {
        try
        {
            CreatePrivate(root);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HarnessException($"the cache folder '{root}' cannot be created ({e.Message.ReplaceLineEndings(" ")}): set XDG_CACHE_HOME to a folder that you can write", e);
        }

        // A link of the user's own may lead elsewhere; one of another's may not.
        if (OperatingSystem.IsLinux() && new DirectoryInfo(root).LinkTarget is not null && OwnedPath.Fault(root) is { } fault and not OwnedPath.IsLink)
            throw new HarnessException($"the cache folder '{root}' {fault}: set XDG_CACHE_HOME to a folder of your own");
        var real = Machine.RealPath(root);
        OwnedPath.Check(real);
        return new EnginePaths(real);
    }

    /// <summary>Creates a folder that only its owner may enter.</summary>
    internal static void CreatePrivate(string folder)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
