using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Harness.Host.Processes;

/// <summary>The few calls of the C library that .NET does not offer.</summary>
[SupportedOSPlatform("linux")]
internal static partial class Native
{
    /// <summary>SIGKILL's number on Linux.</summary>
    internal const int SigKill = 9;

    /// <summary>SIGTERM's number on Linux.</summary>
    internal const int SigTerm = 15;

    /// <summary>SIGHUP's number on Linux.</summary>
    internal const int SigHup = 1;

    /// <summary>SIGINT's number on Linux.</summary>
    internal const int SigInt = 2;

    /// <summary>SIGSTOP's number on amd64 and arm64.</summary>
    internal const int SigStop = 19;

    /// <summary>MNT_DETACH: takes the mount out of the tree at once, whoever still holds it.</summary>
    internal const int MountDetach = 2;

    /// <summary>A <c>struct timespec</c> where <c>long</c> has 64 bits, as on every architecture that has an agent.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct TimeSpec
    {
        internal long Seconds;
        internal long Nanoseconds;
    }

    [LibraryImport("libc", EntryPoint = "setsid", SetLastError = true)]
    internal static partial int SetSid();

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    internal static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    internal static partial int FileControl(SafeFileHandle file, int command, int argument);

    [LibraryImport("libc", EntryPoint = "sync")]
    internal static partial void Sync();

    [LibraryImport("libc", EntryPoint = "geteuid")]
    internal static partial uint GetEffectiveUserId();

    [LibraryImport("libc", EntryPoint = "getegid")]
    internal static partial uint GetEffectiveGroupId();

    [LibraryImport("libc", EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Unmount(string target, int flags);

    [LibraryImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    internal static partial int ClockGetTime(int clock, out TimeSpec time);

    [LibraryImport("libc", EntryPoint = "realpath", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint RealPath(string path, nint buffer);

    [LibraryImport("libc", EntryPoint = "ptrace", SetLastError = true)]
    internal static partial nint Trace(int request, int pid, nint address, nint data);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    internal static partial int WaitFor(int pid, out int status, int options);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Statx(int folder, string path, int flags, uint mask, [Out] byte[] facts);

    [LibraryImport("libc", EntryPoint = "mincore", SetLastError = true)]
    internal static partial int InCore(nint address, nuint length, [Out] byte[] pages);

    [LibraryImport("libc", EntryPoint = "statvfs", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int StatVfs(string path, [Out] byte[] facts);

    /// <summary>AF_INET.</summary>
    internal const int Inet = 2;

    /// <summary>SOCK_DGRAM | SOCK_CLOEXEC.</summary>
    internal const int Datagram = 2 | 0x80000;

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    internal static partial int Socket(int domain, int type, int protocol);

    /// <summary>Of the calling thread where <paramref name="who"/> is 0: on Linux a nice value is a thread's.</summary>
    [LibraryImport("libc", EntryPoint = "setpriority", SetLastError = true)]
    internal static partial int SetPriority(int which, int who, int priority);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    internal static partial int Bind(int file, [In] byte[] address, int length);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    internal static partial int SetOption(int file, int level, int option, [In] byte[] value, int length);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    internal static partial nint Send(int file, [In] byte[] message, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "recvfrom", SetLastError = true)]
    internal static partial nint ReceiveFrom(int file, [Out] byte[] buffer, nuint length, int flags, [Out] byte[] address, ref int addressLength);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int Control(int file, nuint request, [In] byte[] argument);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(int file);

    [LibraryImport("libc", EntryPoint = "free")]
    internal static partial void Free(nint memory);
}
