using System.Runtime.InteropServices;

namespace Harness.Engines.Connecting;

/// <summary>A socket at which an engine of the user's listens unless told otherwise.</summary>
/// <param name="Engine">What listens there, as messages name it.</param>
/// <param name="Address"><c>unix://…</c> or <c>npipe://…</c>.</param>
internal sealed record KnownSocket(string Engine, string Address);

/// <summary>
/// Where engines listen that nobody named. Docker's command line knows its default socket alone; rootless engines and those of desktop products
/// listen elsewhere, and rely on a context or on DOCKER_HOST, which a CI job does not have.
/// </summary>
internal static class KnownSockets
{
    /// <summary>Where systemd has root's Podman listen.</summary>
    internal const string RootfulPodman = "/run/podman/podman.sock";

    /// <summary>In the order in which they are asked. Docker's own default is not among them: it comes first.</summary>
    /// <param name="platform">Whose paths.</param>
    /// <param name="home">The user's folder.</param>
    /// <param name="runtime">XDG_RUNTIME_DIR; null where it is not set.</param>
    /// <param name="isRoot">Root has no rootless engine.</param>
    internal static ImmutableArray<KnownSocket> Of(OSPlatform platform, string home, string? runtime, bool isRoot)
    {
        var sockets = ImmutableArray.CreateBuilder<KnownSocket>();
        if (platform == OSPlatform.Windows)
        {
            // Source: podman-machine(1), Docker Desktop's documentation.
            Add("Docker Desktop", "npipe://./pipe/dockerDesktopLinuxEngine");
            Add("Podman machine", "npipe://./pipe/podman-machine-default");
            return sockets.ToImmutable();
        }

        // Sources: docs.docker.com/engine/security/rootless, podman-system-service(1), and the documentation of each product.
        if (runtime is { Length: > 0 } && !isRoot)
        {
            Add("rootless Docker", $"unix://{runtime}/docker.sock");
            Add("rootless Podman", $"unix://{runtime}/podman/podman.sock");
        }

        Add("Docker Desktop", platform == OSPlatform.OSX ? $"unix://{home}/.docker/run/docker.sock" : $"unix://{home}/.docker/desktop/docker.sock");
        if (platform == OSPlatform.OSX)
            Add("OrbStack", $"unix://{home}/.orbstack/run/docker.sock");
        Add("Colima", $"unix://{home}/.colima/default/docker.sock");
        Add("Rancher Desktop", $"unix://{home}/.rd/docker.sock");
        Add("Lima", $"unix://{home}/.lima/docker/sock/docker.sock");
        if (platform == OSPlatform.OSX)
            Add("Podman machine", $"unix://{home}/.local/share/containers/podman/machine/podman.sock");
        return sockets.ToImmutable();

        void Add(string engine, string address) => sockets.Add(new KnownSocket(engine, address));
    }

    /// <summary>Those of this host.</summary>
    internal static ImmutableArray<KnownSocket> OfHost() => Of(
        OperatingSystem.IsWindows() ? OSPlatform.Windows : OperatingSystem.IsMacOS() ? OSPlatform.OSX : OSPlatform.Linux,
        Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
        Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR"),
        Environment.IsPrivilegedProcess);
}
