using System.Globalization;
using Harness.Core.Model;

namespace Harness.Reporting.Model;

/// <summary>A host's environment as a reader wants it: the names and values of a two-column table.</summary>
internal static class EnvironmentTable
{
    /// <summary>Rows in reading order; what could not be told is left out.</summary>
    public static IEnumerable<(string Name, string Value)> Rows(HostEnvironment host)
    {
        var (kernel, hardware, tool) = (host.Kernel, host.Hardware, host.Tool);
        (string Name, string? Value)[] rows =
        [
            ("host", host.HostId),
            ("started", tool.StartedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture)),
            ("harness", tool.Version + (tool.Commit is null ? (tool.CommitUnknown is { } why ? $", commit unknown: {why}" : "") : $", commit {tool.Commit[..Math.Min(12, tool.Commit.Length)]}{(tool.Dirty == true ? " with changes" : "")}")),
            ("operating system", $"{host.Os.PrettyName} ({host.Os.Architecture})"),
            ("kernel", kernel.Release),
            ("kernel version", kernel.Version),
            ("vsyscall", kernel.Vsyscall),
            ("clock source", kernel.ClockSource),
            ("cgroup version", kernel.CgroupVersion?.ToString(CultureInfo.InvariantCulture)),
            ("LSM", kernel.Lsm),
            ("processor", hardware.CpuModel),
            ("logical processors", hardware.LogicalCpus.ToString(CultureInfo.InvariantCulture)),
            ("memory", hardware.MemoryBytes is { } bytes ? string.Create(CultureInfo.InvariantCulture, $"{bytes / (1024.0 * 1024 * 1024):F1} GiB") : null),
            ("memory nodes", hardware.NumaNodes?.ToString(CultureInfo.InvariantCulture)),
            ("swap", hardware.SwapBytes is { } swap ? string.Create(CultureInfo.InvariantCulture, $"{swap / (1024.0 * 1024 * 1024):F1} GiB") : null),
            ("transparent huge pages", hardware.TransparentHugePages),
            ("CPU governor", hardware.Governor),
            ("CPU boost", OnOff(hardware.Boost)),
            ("SMT", OnOff(hardware.Smt)),
            ("hypervisor", hardware.Hypervisor),
            ("load at the start", string.Join(' ', hardware.LoadAverage.Select(load => load.ToString("F2", CultureInfo.InvariantCulture)))),
            ("engine", host.Engine is { } engine ? $"{engine.Name} {engine.Version}, API {engine.ApiVersion}, found by {engine.FoundBy}" : "none used"),
            ("engine components", host.Engine is { Components.Count: > 0 } parts ? string.Join(", ", parts.Components.Select(part => $"{part.Key} {part.Value}")) : null),
            ("storage driver", host.Engine?.StorageDriver),
            ("image store", host.Engine?.ImageStore),
            ("engine's default runtime", host.Engine?.DefaultRuntime),
            ("engine cgroup", host.Engine?.Cgroup),
            ("security options", host.Engine is { SecurityOptions.Length: > 0 } options ? string.Join(", ", options.SecurityOptions) : null),
        ];
        return rows.Where(row => !string.IsNullOrEmpty(row.Value)).Select(row => (row.Name, row.Value!));
    }

    private static string? OnOff(bool? state) => state is { } known ? (known ? "on" : "off") : null;
}
