using System.Text.RegularExpressions;

namespace Harness.Engines.Products;

/// <summary>
/// How the products that run an engine in a VM give themselves away. Each line is one sign of one product; where several products match, the
/// first in <see cref="Order"/> is the one that contains the others (Docker Desktop runs in WSL's VM, Rancher Desktop in Lima's).
/// </summary>
internal static partial class ProductTable
{
    internal const string DockerDesktop = "Docker Desktop";
    internal const string OrbStack = "OrbStack";
    internal const string RancherDesktop = "Rancher Desktop";
    internal const string Colima = "Colima";
    internal const string Lima = "Lima";
    internal const string PodmanMachine = "Podman machine";
    internal const string Wsl = "WSL 2";

    /// <summary>What stands in the place of a product for the harness's own VM.</summary>
    internal const string Own = "the harness";

    /// <summary>The host name of the harness's own VM.</summary>
    internal const string OwnHost = "harness-vm";

    /// <summary>All products, those that contain others first.</summary>
    internal static readonly ImmutableArray<string> Order = [Own, DockerDesktop, OrbStack, RancherDesktop, Colima, Lima, PodmanMachine, Wsl];

    /// <summary>The product that an engine's <c>OperatingSystem</c> or platform names.</summary>
    internal static string? ByText(string? text) =>
        text is null ? null
        : text.StartsWith(DockerDesktop, StringComparison.Ordinal) ? DockerDesktop
        : text.StartsWith(OrbStack, StringComparison.Ordinal) ? OrbStack
        : null;

    /// <summary>By the name of the engine's host.</summary>
    internal static string? ByHost(string? host) => host switch
    {
        OwnHost => Own,
        "docker-desktop" or "linuxkit" or "moby" => DockerDesktop,
        "orbstack" => OrbStack,
        "lima-rancher-desktop" => RancherDesktop,
        "colima" => Colima,
        not null when host.StartsWith("colima-", StringComparison.Ordinal) => Colima,
        not null when host.StartsWith("lima-", StringComparison.Ordinal) => Lima,
        _ => null,
    };

    /// <summary>By the release of the engine's kernel.</summary>
    internal static string? ByKernel(string? release) =>
        release is null ? null
        : release.EndsWith("-linuxkit", StringComparison.Ordinal) || release.EndsWith("-moby", StringComparison.Ordinal) ? DockerDesktop
        : release.Contains("-orbstack", StringComparison.Ordinal) ? OrbStack
        : release.Contains("microsoft-standard", StringComparison.OrdinalIgnoreCase) ? Wsl
        : null;

    /// <summary>By the name of the client's context.</summary>
    internal static string? ByContext(string? context) => context switch
    {
        "desktop-linux" => DockerDesktop,
        "orbstack" => OrbStack,
        "rancher-desktop" => RancherDesktop,
        "colima" => Colima,
        not null when context.StartsWith("colima-", StringComparison.Ordinal) => Colima,
        not null when context.StartsWith("lima-", StringComparison.Ordinal) => Lima,
        _ => null,
    };

    /// <summary>By where the engine's socket lies. Null also for a name of it that does not hold the user's.</summary>
    internal static (string Product, string Shown)? BySocket(string path)
    {
        foreach (var (product, pattern) in Sockets)
        {
            if (pattern.Match(path.Replace('\\', '/')) is { Success: true } match)
                return (product, match.Value);
        }

        return null;
    }

    /// <summary>By a label of the engine's.</summary>
    internal static string? ByLabel(string label) => label.StartsWith("com.docker.desktop.", StringComparison.Ordinal) ? DockerDesktop : null;

    private static readonly ImmutableArray<(string Product, Regex Pattern)> Sockets =
    [
        (DockerDesktop, DesktopSocket()), (OrbStack, OrbStackSocket()), (RancherDesktop, RancherSocket()),
        (Colima, ColimaSocket()), (Lima, LimaSocket()), (PodmanMachine, PodmanSocket()),
    ];

    [GeneratedRegex(@"\.docker/(run|desktop)/docker\.sock$|com\.docker\.docker/Data/.*\.sock$|/pipe/dockerDesktop\w*$")]
    private static partial Regex DesktopSocket();

    [GeneratedRegex(@"\.orbstack/run/docker\.sock$")]
    private static partial Regex OrbStackSocket();

    [GeneratedRegex(@"\.rd/docker\.sock$")]
    private static partial Regex RancherSocket();

    [GeneratedRegex(@"\.colima/.*docker\.sock$|\.config/colima/.*docker\.sock$")]
    private static partial Regex ColimaSocket();

    [GeneratedRegex(@"\.lima/[^/]+/sock/docker\.sock$")]
    private static partial Regex LimaSocket();

    [GeneratedRegex(@"podman/(machine/.*podman\.sock|podman-machine-[\w-]+-api\.sock)$|/pipe/podman-machine-[\w-]+$")]
    private static partial Regex PodmanSocket();
}
