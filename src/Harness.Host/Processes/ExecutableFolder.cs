using System.Buffers.Binary;
using System.Runtime.Versioning;

namespace Harness.Host.Processes;

/// <summary>Whether programs can be executed from a folder: the agent and unpacked userlands lie in the cache, and some homes are mounted noexec.</summary>
internal static class ExecutableFolder
{
    // struct statvfs where long has 64 bits, in glibc and musl: eight numbers and the file system's id come before the flags.
    private const int Flags = 72;
    private const int Size = 112;
    private const ulong NoExec = 8;

    /// <summary>Why not, in one line with the remedy; null where they can, or where nobody tells.</summary>
    /// <param name="cache">The cache's folder; it need not be there yet.</param>
    internal static string? Missing(string cache)
    {
        if (!OperatingSystem.IsLinux() || !IsNoExec(cache))
            return null;
        return $"the cache folder {cache} lies on a file system that is mounted noexec, so that no program in it can be executed: set XDG_CACHE_HOME to a folder on another one";
    }

    [SupportedOSPlatform("linux")]
    private static bool IsNoExec(string? folder)
    {
        while (folder is not null && !Directory.Exists(folder))
            folder = Path.GetDirectoryName(folder);
        var facts = new byte[Size];
        return folder is not null && Native.StatVfs(folder, facts) == 0 && (BinaryPrimitives.ReadUInt64LittleEndian(facts.AsSpan(Flags)) & NoExec) != 0;
    }
}
