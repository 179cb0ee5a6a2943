using System.Collections.Immutable;
using Harness.Core.Model;
using Harness.Engines.Connecting;
using Harness.Engines.Endpoints;
using Harness.Engines.Products;

namespace Harness.Tests.Products;

/// <summary>
/// What engines answered their users, as those published it (<c>docker info</c>, <c>docker version</c>, <c>podman info</c>), each with its source. Names of hosts and
/// users are replaced where they could be a person's; fields that the source does not show are absent. Boot ids are ours: no published answer has one.
/// </summary>
internal sealed record RecordedEngine(string Name, string Source, ClientFacts Client, EngineFacts Engine, EngineEndpoint Endpoint)
{
    private static readonly ClientFacts _mac = new(ClientFacts.MacOs, "24.6.0", null);
    private static readonly ClientFacts _windows = new(ClientFacts.Windows, "10.0.22631", null);
    private static readonly ClientFacts _ubuntu = new(ClientFacts.Linux, "6.8.0-45-generic", OwnBoot);

    /// <summary>The client's boot.</summary>
    internal const string OwnBoot = "0f6e2a1b9c4d4e5f8a7b6c5d4e3f2a10";

    internal static ClientFacts Wsl { get; } = new(ClientFacts.Linux, "6.6.87.2-microsoft-standard-WSL2", OwnBoot)
    {
        WslMarks = ClientFacts.Marks("6.6.87.2-microsoft-standard-WSL2", "Ubuntu", hasInterop: true),
    };

    internal static ImmutableArray<RecordedEngine> All { get; } =
    [
        // Platform, versions and context: docker/for-mac#7402 (Docker Desktop 4.33.0, Apple silicon). System, kernel's build and host of such an engine: docker/compose#9369.
        new("Docker Desktop on a Mac", "https://github.com/docker/for-mac/issues/7402", _mac,
            Docker("27.1.1", "Docker Desktop", "6.10.0-linuxkit", new EngineTold("docker-desktop", "linux", "Docker Desktop 4.33.0 (160616)", [])),
            At("unix:///Users/somebody/.docker/run/docker.sock", "desktop-linux")),
        // Published `docker info` of Engine 29.3.1, kernel 6.12.76-linuxkit, whose label holds the path of the socket.
        new("Docker Desktop on a Mac, by the default socket", "docker info, Engine 29.3.1", _mac,
            Docker("29.3.1", "Docker Desktop", "6.12.76-linuxkit", new EngineTold("docker-desktop", "linux", null, ["com.docker.desktop.address=unix:///Users/somebody/Library/Containers/com.docker.docker/Data/docker-cli.sock"])),
            At("unix:///var/run/docker.sock")),
        // Before the product had a name in its answers.
        new("Docker for Mac of 2017", "https://github.com/moby/moby/issues/31782", _mac,
            Docker("17.03.0-ce", "Alpine Linux v3.5", "4.9.12-moby", new EngineTold("moby", "linux", null, [])), At("unix:///var/run/docker.sock")),
        // Published `docker info` of Engine 29.x on Windows; the pipe is that of docker/desktop-feedback#248.
        new("Docker Desktop on Windows", "https://github.com/docker/desktop-feedback/issues/248", _windows,
            Docker("29.2.1", "Docker Desktop", "6.6.87.2-microsoft-standard-WSL2", new EngineTold("docker-desktop", "linux", null, [])),
            At("npipe:////./pipe/dockerDesktopLinuxEngine", "desktop-linux")),
        // docker/docs#16105 on the context; docker/desktop-feedback#518 on QEMU and LinuxKit there.
        new("Docker Desktop on Linux", "https://github.com/docker/docs/pull/16105", _ubuntu,
            Docker("27.1.1", "Docker Desktop", "6.10.0-linuxkit", new EngineTold("docker-desktop", "linux", "Docker Desktop 4.33.0 (160616)", [])),
            At("unix:///home/somebody/.docker/desktop/docker.sock", "desktop-linux")),
        new("Docker Desktop seen from WSL", "docker info, Engine 29.x", Wsl,
            Docker("29.1.3", "Docker Desktop", "6.6.87.2-microsoft-standard-WSL2", new EngineTold("docker-desktop", "linux", null, [])), At("unix:///var/run/docker.sock")),
        // Published `docker info` of Colima with Ubuntu, Apple silicon.
        new("Colima", "docker info, Engine in Ubuntu 24.04", _mac,
            Docker("26.1.3", "Ubuntu 24.04 LTS", "6.8.0-31-generic", new EngineTold("colima", "linux", null, [])), At("unix:///Users/somebody/.colima/default/docker.sock", "colima")),
        new("Colima of 2023, by the default socket", "docker info, Engine in Alpine 3.18", _mac,
            Docker("23.0.6", "Alpine Linux v3.18", "6.1.29-0-virt", new EngineTold("colima", "linux", null, [])), At("unix:///var/run/docker.sock")),
        // Published `docker info` of Lima's template docker; its socket as `limactl list` names it.
        new("Lima", "docker info, rootless Engine in Ubuntu 22.04", _mac,
            Docker("24.0.5", "Ubuntu 22.04.3 LTS", null, new EngineTold("lima-docker", "linux", null, [])), At("unix:///Users/somebody/.lima/docker/sock/docker.sock", "lima-docker")),
        new("Rancher Desktop", "docker info, Engine in Alpine 3.20", _mac,
            Docker("26.1.5", "Alpine Linux v3.20", "6.6.51-0-virt", new EngineTold("lima-rancher-desktop", "linux", null, [])), At("unix:///Users/somebody/.rd/docker.sock", "rancher-desktop")),
        new("OrbStack", "docker info, Engine 28.5.2", _mac,
            Docker("28.5.2", "OrbStack", "6.17.8-orbstack-00308-g8f9c941121b1", new EngineTold("orbstack", "linux", null, [])), At("unix:///Users/somebody/.orbstack/run/docker.sock", "orbstack")),
        new("OrbStack of 2023", "https://github.com/orbstack/orbstack/issues/1", _mac,
            Docker("23.0.4", "Alpine Linux edge (containerized)", "6.1.23-orbstack-00113-g6614aaccb205-dirty", new EngineTold(null, "linux", null, [])), At("unix:///var/run/docker.sock")),
        // `podman info` of the machine: distribution, kernel, host name.
        new("Podman machine", "https://github.com/containers/podman/issues/25265", _mac,
            Podman("5.3.1", "fedora", "6.12.7-200.fc41.aarch64", new EngineTold("localhost.localdomain", "linux", null, [])), At("unix:///var/folders/xy/T/podman/podman-machine-default-api.sock")),
        new("Podman machine on Windows", "https://github.com/containers/podman/issues/25265", _windows,
            Podman("5.3.1", "fedora", "6.6.87.2-microsoft-standard-WSL2", new EngineTold(null, "linux", null, [])), At("npipe:////./pipe/podman-machine-default")),
        new("Docker Engine within WSL", "docker info, Engine in Ubuntu 24.04", Wsl,
            Docker("29.3.0", "Ubuntu 24.04.4 LTS", "6.6.87.2-microsoft-standard-WSL2", new EngineTold("desk", "linux", null, [])), At("unix:///var/run/docker.sock")),
        // Asked of Debian's packages by the harness's own tests.
        new("Docker Engine on Linux", "docker.io 20.10.24 of Debian 12", _ubuntu,
            Docker("20.10.24+dfsg1", "Ubuntu 24.04 LTS", "6.8.0-45-generic", new EngineTold("server", "linux", "", [])), At("unix:///var/run/docker.sock")),
        new("Podman on Fedora", "podman info on a host", new ClientFacts(ClientFacts.Linux, "6.4.12-200.fc38.x86_64", OwnBoot),
            Podman("4.6.1", "fedora", "6.4.12-200.fc38.x86_64", new EngineTold("server", "linux", null, [])), At("unix:///run/user/1000/podman/podman.sock")),
        new("Docker Engine on a server", "docker info by tcp", _mac,
            Docker("28.5.1", "Debian GNU/Linux 13 (trixie)", "6.12.48+deb13-amd64", new EngineTold("build7", "linux", null, [])), At("tcp://10.0.0.7:2376")),
    ];

    internal static RecordedEngine Of(string name) => All.Single(engine => engine.Name == name);

    private static EngineFacts Docker(string version, string system, string? kernel, EngineTold told) => Facts("docker", version, system, kernel, told);

    private static EngineFacts Podman(string version, string system, string? kernel, EngineTold told) => Facts("podman", version, system, kernel, told);

    private static EngineFacts Facts(string name, string version, string system, string? kernel, EngineTold told) =>
        new() { Name = name, Version = version, ApiVersion = "1.41", FoundBy = "context", OperatingSystem = system, KernelVersion = kernel, Told = told };

    // Not by its reader, which takes a named pipe on Windows only.
    private static EngineEndpoint At(string address, string? context = null) =>
        new(new Uri(address), context is null ? EngineEndpoint.ByDefault : EngineEndpoint.ByContext) { Context = context };
}
