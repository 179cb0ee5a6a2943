using System.Globalization;
using Harness.Host.Processes;

namespace Harness.Sandboxes.Machines;

/// <summary>The name that a QEMU process carries in its arguments: whose it is, so that cleaning takes it from no living run.</summary>
internal static class MachineName
{
    private const string Prefix = "harness";

    /// <summary>For a machine of this process.</summary>
    internal static string Of(string run, string sandbox)
    {
        var owner = OperatingSystem.IsLinux() ? ProcessTable.Find(Environment.ProcessId)?.StartTime ?? 0 : 0;
        return string.Create(CultureInfo.InvariantCulture, $"{Prefix}-{Environment.ProcessId}-{owner}-{run}-{sandbox}");
    }

    /// <summary>The process that started a machine of this name; null for names that are not the harness's.</summary>
    internal static ProcessEntry? OwnerOf(string name) =>
        name.Split('-') is [Prefix, var pid, var start, _, ..]
        && int.TryParse(pid, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
        && long.TryParse(start, NumberStyles.None, CultureInfo.InvariantCulture, out var time)
            ? new ProcessEntry(id, 0, time)
            : null;
}
