using System.Globalization;
using Harness.Runtimes.Facts;
using Harness.Runtimes.Processes;

namespace Harness.Runtimes.Engines;

/// <summary>The process that made something, so that cleaning takes nothing from a run that goes on.</summary>
/// <param name="Host">The host's id: an engine can be shared by several.</param>
/// <param name="Pid">The process's id.</param>
/// <param name="StartTime">Its start in clock ticks, 0 off Linux.</param>
internal sealed record Owner(string Host, int Pid, long StartTime)
{
    /// <summary>As a label has it.</summary>
    internal string Text => string.Create(CultureInfo.InvariantCulture, $"{Host}/{Pid}/{StartTime}");

    /// <summary>This process.</summary>
    internal static Owner Current() =>
        new(HostFacts.HostId(), Environment.ProcessId, OperatingSystem.IsLinux() ? ProcessTable.Find(Environment.ProcessId)?.StartTime ?? 0 : 0);

    /// <summary>The inverse of <see cref="Text"/>; null for anything else.</summary>
    internal static Owner? Parse(string? text) =>
        text?.Split('/') is [var host, var pid, var start]
        && int.TryParse(pid, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
        && long.TryParse(start, NumberStyles.None, CultureInfo.InvariantCulture, out var time)
            ? new Owner(host, id, time)
            : null;

    /// <summary>Whether it may still be there: a process of another host is not ours to judge.</summary>
    internal bool MayLive()
    {
        if (Host != HostFacts.HostId())
            return true;
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
}
