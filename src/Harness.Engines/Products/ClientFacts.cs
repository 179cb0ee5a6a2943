using System.Runtime.InteropServices;
using Harness.Host.Facts;
using Harness.Host.Processes;

namespace Harness.Engines.Products;

/// <summary>The system that the harness itself runs on: what an engine's answers are compared with.</summary>
/// <param name="System"><c>linux</c>, <c>macos</c>, <c>windows</c>, or the platform's own name.</param>
/// <param name="Release">Its kernel's release.</param>
/// <param name="BootId">32 hex digits; null where the system has none.</param>
internal sealed record ClientFacts(string System, string Release, string? BootId)
{
    internal const string Linux = "linux";
    internal const string MacOs = "macos";
    internal const string Windows = "windows";

    /// <summary>What WSL leaves in the system it runs, one mark each; empty elsewhere.</summary>
    internal ImmutableArray<string> WslMarks { get; init; } = [];

    /// <summary>Whether the client is a Linux system on Windows: then its own kernel is that of a VM.</summary>
    internal bool IsWsl => !WslMarks.IsEmpty;

    /// <summary>As a sentence names it.</summary>
    internal string Spoken => System switch { MacOs => "macOS", Windows => "Windows", Linux when IsWsl => "Linux in WSL", Linux => "Linux", _ => System };

    /// <summary>Of this process.</summary>
    internal static ClientFacts Read()
    {
        var system = OperatingSystem.IsLinux() ? Linux : OperatingSystem.IsMacOS() ? MacOs : OperatingSystem.IsWindows() ? Windows : RuntimeInformation.OSDescription;
        var release = OperatingSystem.IsLinux() && File.Exists(ReleaseFile) ? File.ReadAllText(ReleaseFile).Trim() : Environment.OSVersion.Version.ToString();
        return new ClientFacts(system, release, HostFacts.BootId()) { WslMarks = OperatingSystem.IsLinux() ? Marks(release, Environment.GetEnvironmentVariable(Distribution), File.Exists(Interop)) : [] };
    }

    /// <summary>The marks of WSL among what Linux shows.</summary>
    internal static ImmutableArray<string> Marks(string release, string? distribution, bool hasInterop) =>
    [
        .. release.Contains("microsoft", StringComparison.OrdinalIgnoreCase) ? ["its kernel's release " + release] : ImmutableArray<string>.Empty,
        .. string.IsNullOrEmpty(distribution) ? ImmutableArray<string>.Empty : [Distribution],
        .. hasInterop ? [Interop] : ImmutableArray<string>.Empty,
    ];

    private const string ReleaseFile = "/proc/sys/kernel/osrelease";
    private const string Distribution = "WSL_DISTRO_NAME";
    private const string Interop = "/proc/sys/fs/binfmt_misc/WSLInterop";
}
