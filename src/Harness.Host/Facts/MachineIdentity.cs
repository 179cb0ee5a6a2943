using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Harness.Core;
using Harness.Host.Paths;
using Microsoft.Win32;

namespace Harness.Host.Facts;

/// <summary>
/// What tells this machine from others where there is no machine-id(5): the id that macOS or Windows drew, else one that is drawn here and kept in the user's
/// cache. Never the machine's name, which can be guessed from its hash.
/// </summary>
internal static partial class MachineIdentity
{
    /// <summary>Where an id comes from that the system has.</summary>
    internal const string OfSystem = "system";

    /// <summary>Where one comes from that was drawn here.</summary>
    internal const string Drawn = "drawn";

    private static readonly Lazy<(string Id, string From)> _own = new(() => SystemId() is { Length: > 0 } id ? (id, OfSystem) : (Kept(), Drawn));

    /// <summary>The id, and where it comes from; the same as long as the process lives.</summary>
    internal static (string Id, string From) Own => _own.Value;

    /// <summary>The id that a file keeps, drawn where there is none.</summary>
    internal static string Kept(string file)
    {
        if (Read(file) is { } kept)
        {
            return kept;
        }

        var (drawn, fresh) = (Guid.NewGuid().ToString("N"), $"{file}.{Guid.NewGuid():N}");
        File.WriteAllText(fresh, drawn);
        try
        {
            // Of two processes the first one's stays; what is no id is replaced.
            File.Move(fresh, file, overwrite: File.Exists(file) && Read(file) is null);
        }
        catch (IOException) when (File.Exists(file))
        {
            File.Delete(fresh);
        }

        return Read(file) ?? drawn;
    }

    private static string? Read(string file) =>
        File.Exists(file) && File.ReadAllText(file).Trim() is { Length: 32 } text && text.All(char.IsAsciiHexDigitLower) ? text : null;

    private static string Kept()
    {
        try
        {
            return Kept(Path.Combine(EnginePaths.Default().Root, "host-id"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or HarnessException)
        {
            // Without a cache nothing runs; whoever only asks has a name for as long as it asks.
            return Guid.NewGuid().ToString("N");
        }
    }

    private static string? SystemId() => OperatingSystem.IsWindows() ? OfWindows() : OperatingSystem.IsMacOS() ? OfMac() : null;

    [SupportedOSPlatform("windows")]
    private static string? OfWindows()
    {
        try
        {
            return Registry.GetValue(@"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Cryptography", "MachineGuid", null) as string;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.SecurityException)
        {
            return null;
        }
    }

    // gethostuuid(2): the IOPlatformUUID, 16 bytes; struct timespec of how long to wait for it.
    [SupportedOSPlatform("macos")]
    private static string? OfMac()
    {
        Span<byte> id = stackalloc byte[16];
        try
        {
            return GetHostUuid(id, [1, 0]) == 0 && id.ContainsAnyExcept((byte)0) ? Convert.ToHexStringLower(id) : null;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }
    }

    [LibraryImport("libc", EntryPoint = "gethostuuid")]
    private static partial int GetHostUuid(Span<byte> id, ReadOnlySpan<long> wait);
}
