using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Harness.Host.Processes;

/// <summary>What this process may do here.</summary>
internal static class Machine
{
    /// <summary>Whether this is Linux and the process runs as root.</summary>
    [SupportedOSPlatformGuard("linux")]
    internal static bool IsLinuxRoot => OperatingSystem.IsLinux() && Native.GetEffectiveUserId() == 0;

    /// <summary>The architecture as uname has it: <c>x86_64</c>, <c>aarch64</c>, ….</summary>
    internal static string Architecture => RuntimeInformation.OSArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => "x86_64",
        System.Runtime.InteropServices.Architecture.Arm64 => "aarch64",
        var other => other.ToString().ToLowerInvariant(),
    };

    /// <summary>Debian's name of an architecture that uname or an image names.</summary>
    internal static string DebianArchitecture(string name) => name switch
    {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        _ => name,
    };

    /// <summary>uname's name of an architecture that Debian or an image names.</summary>
    internal static string KernelArchitecture(string name) => name switch
    {
        "amd64" => "x86_64",
        "arm64" => "aarch64",
        _ => name,
    };

    /// <summary>The file that <paramref name="program"/> names on PATH or in the administrator's folders, which PATH often lacks; or null.</summary>
    internal static string? FindProgram(string program)
    {
        if (!OperatingSystem.IsLinux())
            return null;
        var path = Environment.GetEnvironmentVariable("PATH") ?? "";
        var folders = path.Split(':', StringSplitOptions.RemoveEmptyEntries).Concat(["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/bin", "/bin"]);
        return folders.Select(folder => Path.Combine(folder, program)).FirstOrDefault(IsExecutable);
    }

    /// <summary>The path without symbolic links, as mounts and command lines have it; the path itself where it does not exist.</summary>
    internal static string RealPath(string path)
    {
        if (!OperatingSystem.IsLinux())
            return Path.GetFullPath(path);
        var memory = Native.RealPath(path, 0);
        if (memory == 0)
            return Path.GetFullPath(path);
        try
        {
            return Marshal.PtrToStringUTF8(memory) ?? Path.GetFullPath(path);
        }
        finally
        {
            Native.Free(memory);
        }
    }

    [SupportedOSPlatform("linux")]
    private static bool IsExecutable(string file) =>
        File.Exists(file) && (File.GetUnixFileMode(file) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0;
}
