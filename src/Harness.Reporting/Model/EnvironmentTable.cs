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
            .. host.EnginesByName.IsEmpty ? [("engine", "none used")] : host.EnginesByName.SelectMany(one => EngineRows($"engine{one.Called}", one.Facts)),
        ];
        return rows.Where(row => !string.IsNullOrEmpty(row.Value)).Select(row => (row.Name, row.Value!));
    }

    private static (string Name, string? Value)[] EngineRows(string called, EngineFacts engine) =>
    [
        (called, $"{engine.Name} {engine.Version}, API {engine.ApiVersion}, found by {engine.FoundBy}{(engine.Endpoint is { } endpoint ? $", {endpoint}" : "")}"),
        (called == "engine" ? "engine components" : $"{called}: components", engine.Components.Count > 0 ? string.Join(", ", engine.Components.Select(part => $"{part.Key} {part.Value}")) : null),
        (called == "engine" ? "storage driver" : $"{called}: storage driver", engine.StorageDriver),
        (called == "engine" ? "image store" : $"{called}: image store", engine.ImageStore),
        (called == "engine" ? "engine's default runtime" : $"{called}: default runtime", engine.DefaultRuntime),
        (called == "engine" ? "engine cgroup" : $"{called}: cgroup", engine.Cgroup),
        (called == "engine" ? "security options" : $"{called}: security options", engine.SecurityOptions.Length > 0 ? string.Join(", ", engine.SecurityOptions) : null),
    ];

    private static string? OnOff(bool? state) => state is { } known ? (known ? "on" : "off") : null;
}
