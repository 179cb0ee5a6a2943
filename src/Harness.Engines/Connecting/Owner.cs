using System.Globalization;
using Harness.Host.Facts;
using Harness.Host.Processes;

namespace Harness.Engines.Connecting;

/// <summary>The process that made something, so that cleaning takes nothing from a run that goes on.</summary>
/// <param name="Host">The host's id: an engine can be shared by several.</param>
/// <param name="Boot">The boot's id, without dashes; empty where the system has none.</param>
/// <param name="Namespace">The PID namespace in which the process has its number, as an inode; 0 where the system has none.</param>
/// <param name="Pid">The process's id.</param>
/// <param name="StartTime">Its start in clock ticks, 0 off Linux.</param>
internal sealed record Owner(string Host, string Boot, long Namespace, int Pid, long StartTime)
{
    // PROC_PID_INIT_INO of the kernel's include/linux/proc_ns.h: from the first namespace every process can be seen.
    private const long First = 0xEFFFFFFC;

    /// <summary>As a label has it.</summary>
    internal string Text => string.Create(CultureInfo.InvariantCulture, $"{Host}/{Boot}/{Namespace}/{Pid}/{StartTime}");

    /// <summary>This process.</summary>
    internal static Owner Current() => OperatingSystem.IsLinux()
        ? new(HostFacts.HostId(), HostFacts.BootId() ?? "", NamespaceOf("self") ?? 0, Environment.ProcessId, ProcessTable.Find(Environment.ProcessId)?.StartTime ?? 0)
        : new(HostFacts.HostId(), "", 0, Environment.ProcessId, 0);

    /// <summary>The inverse of <see cref="Text"/>; null for anything else.</summary>
    internal static Owner? Parse(string? text) =>
        text?.Split('/') is [var host, var boot, var space, var pid, var start]
        && long.TryParse(space, NumberStyles.None, CultureInfo.InvariantCulture, out var inode)
        && int.TryParse(pid, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
        && long.TryParse(start, NumberStyles.None, CultureInfo.InvariantCulture, out var time)
            ? new Owner(host, boot, inode, id, time)
            : null;

    /// <summary>Whether it may still be there. What cannot be seen from here is not ours to judge.</summary>
    /// <param name="runs">Whether what it made runs now: a boot ends all that ran, but a copied machine has the same host id and another boot.</param>
    internal bool MayLive(bool runs)
    {
        var here = Current();
        if (Host != here.Host)
            return true;
        if (Boot != here.Boot)
            return runs;
        if (Namespace != here.Namespace)
            return here.Namespace != First || Exists(Namespace);
        if (OperatingSystem.IsLinux())
            return ProcessTable.IsAlive(new ProcessEntry(Pid, 0, StartTime));
        try
        {
            using var process = System.Diagnostics.Process.GetProcessById(Pid);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    // In another namespace the process has another number than its own, so any process there stands for it. One that is there and whose
    // namespace this user may not read may be it; but for init, which is in the first one.
    private static bool Exists(long inode) => ProcessTable.All().Where(process => process.Id != 1).Any(process =>
        NamespaceOf(process.Id.ToString(CultureInfo.InvariantCulture)) is { } read ? read == inode : ProcessTable.IsAlive(process));

    private static long? NamespaceOf(string process)
    {
        try
        {
            // pid:[4026531836]
            return new FileInfo($"/proc/{process}/ns/pid").LinkTarget is ['p', 'i', 'd', ':', '[', .. var number, ']']
                && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var inode) ? inode : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
