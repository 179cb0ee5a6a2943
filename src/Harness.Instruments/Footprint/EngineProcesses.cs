using System.Globalization;
using Harness.Core.Planning;
using Harness.Host.Processes;

namespace Harness.Instruments.Footprint;

/// <summary>
/// The processes of the engine behind a socket, and of no other engine of the host. The kernel's credentials of the socket's other end do not
/// tell: where systemd opened the socket for the engine, they are systemd's. So: who holds the socket that listens there.
/// </summary>
internal static class EngineProcesses
{
    private const string Docker = "dockerd", Supervisor = "containerd";

    private static readonly ImmutableArray<string> Daemons = [.. KnownEngines.Found.Select(engine => engine.Daemon).OfType<string>().Distinct()];

    // Where dockerd looks for a containerd before it starts one of its own.
    private const string SharedSupervisor = "/run/containerd/containerd.sock";

    /// <summary>The daemon that listens at a socket's path, and its containerd: a child, or the service that it was told of.</summary>
    /// <exception cref="IOException">They cannot be told.</exception>
    internal static ImmutableArray<int> Behind(string path)
    {
        var all = ProcessTable.All();
        var daemon = Listener(path, all) ?? throw new IOException($"which process listens at {path} cannot be seen: run as root, or as the engine's user");
        var name = Name(daemon);
        // A proxy passes on what others do.
        if (!Daemons.Contains(name))
            throw new IOException($"what listens at {path} is '{name}', not {string.Join(" or ", Daemons)}: name the engine's own socket with --engine unix:///PATH");
        if (name != Docker)
            return [daemon];
        var children = all.Where(process => process.Parent == daemon && Name(process.Id) == Supervisor).Select(process => process.Id).ToImmutableArray();
        if (!children.IsEmpty)
            return [daemon, .. children];
        return Listener(After(ProcessTable.Arguments(daemon), "--containerd") ?? SharedSupervisor, all) is { } supervisor ? [daemon, supervisor] : [daemon];
    }

    /// <summary>The process that listens at a path; null where none can be seen to.</summary>
    private static int? Listener(string path, ImmutableArray<ProcessEntry> all)
    {
        var links = Inodes(File.ReadAllText("/proc/net/unix"), Machine.RealPath(path)).Concat(Inodes(File.ReadAllText("/proc/net/unix"), path))
            .Select(inode => string.Create(CultureInfo.InvariantCulture, $"socket:[{inode}]")).ToHashSet(StringComparer.Ordinal);
        // Init holds the sockets that it opens for others; the daemon of a container that is one process is its init.
        return links.Count == 0 ? null : all.OrderBy(process => process.Id == 1).FirstOrDefault(process => Holds(process.Id, links))?.Id;
    }

    /// <summary>The inodes of the sockets that listen at a path, from <c>/proc/net/unix</c>: number, references, protocol, flags, type, state, inode, path.</summary>
    internal static ImmutableArray<long> Inodes(string table, string path)
    {
        const string Listens = "00010000";   // __SO_ACCEPTCON
        return [.. from line in table.Split('\n')
                   let fields = line.Split(' ', 8, StringSplitOptions.RemoveEmptyEntries)
                   where fields.Length == 8 && fields[3] == Listens && fields[7] == path
                   select long.Parse(fields[6], CultureInfo.InvariantCulture)];
    }

    private static bool Holds(int id, HashSet<string> links)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries($"/proc/{id.ToString(CultureInfo.InvariantCulture)}/fd").Any(file => new FileInfo(file).LinkTarget is { } link && links.Contains(link));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another user's, or gone.
            return false;
        }
    }

    private static string? After(ImmutableArray<string> arguments, string option) =>
        arguments.FirstOrDefault(argument => argument.StartsWith(option + "=", StringComparison.Ordinal)) is { } joined ? joined[(option.Length + 1)..]
        : arguments.IndexOf(option) is >= 0 and var at && at + 1 < arguments.Length ? arguments[at + 1] : null;

    private static string Name(int id) => ProcessTable.Arguments(id) is [var program, ..] ? Path.GetFileName(program) : "";
}
