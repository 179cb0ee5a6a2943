using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Harness.Host.Processes;

/// <summary>
/// A program's file that this process has just written. A process that another thread starts meanwhile inherits the handle it was written through and keeps it until its
/// own exec, and Linux executes no file that anybody has open for writing (ETXTBSY): whoever starts it then fails for no reason of its own (golang/go#22315).
/// </summary>
internal static class FreshProgram
{
    private const int SetLease = 1024, ReadLease = 0, NoLease = 2, TryAgain = 11;

    // Network file systems refuse a lease for reasons of their own, in the same words: then waiting is for nothing, each time. Where one was granted it is not.
    private static volatile bool _isInVain, _isGranted;

    /// <summary>How long to wait: a new process's exec is a matter of milliseconds.</summary>
    internal static TimeSpan Patience { get; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Returns once nobody has it open for writing. The kernel grants a read lease only then, and counts the same handles for it as for an exec. Where leases are
    /// unknown or refused (network file systems), or the file stays open, it returns too: then the start says what is wrong.
    /// </summary>
    /// <param name="path">The file, which belongs to this user.</param>
    /// <param name="patience">How long to wait.</param>
    /// <param name="cancellation">Ends it.</param>
    internal static async Task SettleAsync(string path, TimeSpan patience, CancellationToken cancellation)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var began = Stopwatch.GetTimestamp();
        do
        {
            if (Native.FileControl(file, SetLease, ReadLease) == 0)
            {
                _ = Native.FileControl(file, SetLease, NoLease);
                _isGranted = true;
                return;
            }

            if (Marshal.GetLastPInvokeError() != TryAgain)
            {
                return;
            }

            await Task.Delay(1, cancellation);
        }
        while (!_isInVain && Stopwatch.GetElapsedTime(began) < patience);
        _isInVain = !_isGranted;
    }
}
