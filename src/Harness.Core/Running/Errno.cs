using System.Globalization;

namespace Harness.Core.Running;

/// <summary>Linux error numbers by name, for the ones a trial can meet. Source: asm-generic/errno-base.h and errno.h.</summary>
public static class Errno
{
    private static readonly Dictionary<int, string> _names = new()
    {
        [1] = "EPERM, not permitted",
        [2] = "ENOENT, no such file",
        [5] = "EIO, input/output error",
        [7] = "E2BIG, argument list too long",
        [8] = "ENOEXEC, exec format error: another architecture, or no program",
        [11] = "EAGAIN, a limit was reached",
        [12] = "ENOMEM, out of memory",
        [13] = "EACCES, permission denied",
        [20] = "ENOTDIR, a part of the path is not a directory",
        [22] = "EINVAL, invalid argument",
        [23] = "ENFILE, too many open files on the host",
        [24] = "EMFILE, too many open files",
        [26] = "ETXTBSY, the file is being written",
        [28] = "ENOSPC, no space left",
        [38] = "ENOSYS, no such system call",
        [40] = "ELOOP, too many links",
        [122] = "EDQUOT, a disk quota was reached",
    };

    /// <summary>Name and meaning, or the number.</summary>
    public static string Describe(int errno) => _names.GetValueOrDefault(errno) ?? $"errno {errno.ToString(CultureInfo.InvariantCulture)}";
}
