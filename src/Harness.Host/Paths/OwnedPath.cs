using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.Versioning;
using Harness.Core;
using Harness.Host.Processes;

namespace Harness.Host.Paths;

/// <summary>
/// Whether files of the cache are the user's own, as ssh asks of its keys: what lies there is read by a daemon that runs as root, so
/// nobody else may have put it there.
/// </summary>
internal static class OwnedPath
{
    // Of statx: a link is not followed; owner and mode stand at these offsets on every architecture.
    private const int Here = -100;
    private const int NoFollow = 0x100;
    private const uint BasicFacts = 0x7FF;
    private const int UserAt = 20;
    private const int GroupAt = 24;
    private const int ModeAt = 28;

    /// <summary>The fault of a link.</summary>
    internal const string IsLink = "is a symbolic link";

    private const int TypeMask = 0xF000;
    private const int Link = 0xA000;
    private const int Socket = 0xC000;
    private const int OthersWrite = 0x02;
    private const int GroupWrites = 0x10;

    /// <summary>Checks files that the private daemon or the harness reads. One that is not there is as good as one that is right.</summary>
    /// <exception cref="HarnessException">One is not the user's own; one line with the remedy.</exception>
    internal static void Check(params ReadOnlySpan<string> paths)
    {
        if (!OperatingSystem.IsLinux())
            return;
        foreach (var path in paths)
        {
            if (Fault(path) is { } fault)
                throw new HarnessException($"'{path}' {fault}: what lies there would be trusted, so remove it, make it yours alone (chown, chmod go-w), or set XDG_CACHE_HOME to a folder of your own");
        }
    }

    /// <summary>What is wrong with a path; null where nothing is, or nothing is there.</summary>
    [SupportedOSPlatform("linux")]
    internal static string? Fault(string path)
    {
        if (Facts(path) is not var (user, mode))
            return null;
        if (user != Native.GetEffectiveUserId())
            return string.Create(CultureInfo.InvariantCulture, $"belongs to the user {user}");
        return (mode & TypeMask) switch
        {
            Link => IsLink,
            // Docker gives its socket to a group; the folder around it keeps others out.
            Socket => (mode & OthersWrite) == 0 ? null : "can be written by every user",
            _ => (mode & (OthersWrite | GroupWrites)) == 0 ? null : $"can be written by other users (mode {Convert.ToString(mode & 0x1FF, 8)})",
        };
    }

    /// <summary>Whether a path belongs to this user and is not a link.</summary>
    [SupportedOSPlatform("linux")]
    internal static bool IsOwn(string path) => Facts(path) is var (user, mode) && user == Native.GetEffectiveUserId() && (mode & TypeMask) != Link;

    /// <summary>Whether a path belongs to this user or to root.</summary>
    [SupportedOSPlatform("linux")]
    internal static bool IsOwnOrRoots(string path) => Facts(path) is var (user, _) && (user == 0 || user == Native.GetEffectiveUserId());

    /// <summary>The number of the group that what a path leads to belongs to; null where nothing is there.</summary>
    [SupportedOSPlatform("linux")]
    internal static uint? GroupOf(string path)
    {
        var facts = new byte[256];
        return Native.Statx(Here, path, 0, BasicFacts, facts) == 0 ? BinaryPrimitives.ReadUInt32LittleEndian(facts.AsSpan(GroupAt)) : null;
    }

    [SupportedOSPlatform("linux")]
    private static (uint User, int Mode)? Facts(string path)
    {
        var facts = new byte[256];
        return Native.Statx(Here, path, NoFollow, BasicFacts, facts) == 0
            ? (BinaryPrimitives.ReadUInt32LittleEndian(facts.AsSpan(UserAt)), BinaryPrimitives.ReadUInt16LittleEndian(facts.AsSpan(ModeAt)))
            : null;
    }
}
