using System.Globalization;

namespace Harness.Host.Facts;

/// <summary>What all processors together have done since the boot, in ticks of accounting. Source: proc_stat(5).</summary>
/// <param name="BusyTicks">At work: user, nice, system, interrupts.</param>
/// <param name="StealTicks">Taken by the hypervisor.</param>
/// <param name="TotalTicks">All of it, idle time included.</param>
internal sealed record ProcessorTimes(long BusyTicks, long StealTicks, long TotalTicks)
{
    /// <summary>USER_HZ, which Linux has as 100 on all architectures that are of interest here.</summary>
    internal const long TicksPerSecond = 100;

    /// <summary>Now; null where the system does not tell.</summary>
    internal static ProcessorTimes? Read()
    {
        try
        {
            return OperatingSystem.IsLinux() ? Parse(File.ReadLines("/proc/stat").First()) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Reads the line <c>cpu</c>; null where it is another.</summary>
    internal static ProcessorTimes? Parse(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length < 9 || words[0] != "cpu")
        {
            return null;
        }

        // user nice system idle iowait irq softirq steal; guest time is within user's.
        var ticks = words[1..9].Select(word => long.Parse(word, CultureInfo.InvariantCulture)).ToArray();
        return new ProcessorTimes(ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6], ticks[7], ticks.Sum());
    }
}
