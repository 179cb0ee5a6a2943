using System.Globalization;
using Harness.Core.Model;
using Harness.Host.Facts;

namespace Harness.Instruments.Footprint;

/// <summary>The machine's own account of its memory. Source: proc_meminfo(5).</summary>
internal static class MachineMeter
{
    // What the kernel takes for itself and does not give back under pressure.
    private static readonly string[] KernelKeys = ["SUnreclaim", "KernelStack", "PageTables", "Percpu"];
    private static readonly string[] MergingFiles = ["run", "pages_sharing"];
    private static readonly string[] ProcessLimits = ["/proc/sys/kernel/pid_max", "/proc/sys/kernel/threads-max"];

    /// <summary>Bytes that programs could still get; null where the system does not tell.</summary>
    internal static long? Available() => Text("/proc/meminfo") is { } text ? KeyedSizes.Find(text, "MemAvailable") : null;

    /// <summary>The readings <c>mem_available_bytes</c>, <c>mem_free_bytes</c>, <c>mem_kernel_bytes</c> and <c>mem_file_bytes</c>.</summary>
    internal static IEnumerable<Observation> Read(string subject) => Text("/proc/meminfo") is { } text ? Parse(text, subject) : [];

    /// <summary>The same from a text.</summary>
    internal static IEnumerable<Observation> Parse(string text, string subject)
    {
        foreach (var (metric, key) in new[] { ("mem_available_bytes", "MemAvailable"), ("mem_free_bytes", "MemFree"), ("mem_file_bytes", "Cached") })
        {
            if (KeyedSizes.Find(text, key) is { } value)
                yield return Observation.Number(metric, subject, value);
        }

        if (KernelKeys.All(key => KeyedSizes.Find(text, key) is not null))
            yield return Observation.Number("mem_kernel_bytes", subject, KernelKeys.Sum(key => KeyedSizes.Find(text, key)!.Value));
    }

    /// <summary>Whether the kernel merges equal pages, which would make many like sandboxes look light.</summary>
    internal static Observation SamePageMerging() => Observation.OfText(
        "ksm", "", string.Join(' ', MergingFiles.Select(name => $"{name}={Text($"/sys/kernel/mm/ksm/{name}")?.Trim() ?? "unknown"}")));

    /// <summary>How many more processes and threads the machine takes; null where it does not tell.</summary>
    internal static long? FreeProcesses()
    {
        var limits = ProcessLimits.Select(Number).OfType<long>().ToList();
        return limits.Count == 0 || Text("/proc/loadavg")?.Split(' ') is not [_, _, _, var entities, ..]
            || !long.TryParse(entities.Split('/')[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var used)
            ? null
            : limits.Min() - used;
    }

    /// <summary>Processor time of processes so far and of children that they have waited for, ns; those that are gone count nothing.</summary>
    internal static long CpuNs(IEnumerable<int> processes) => processes.Sum(id =>
        Text($"/proc/{id.ToString(CultureInfo.InvariantCulture)}/stat") is { } text ? CpuTicks(text) * (1_000_000_000 / ProcessorTimes.TicksPerSecond) : 0);

    /// <summary>User and system time in a <c>/proc/N/stat</c>, of the process and its waited-for children, ticks. Source: proc_pid_stat(5).</summary>
    internal static long CpuTicks(string stat)
    {
        var fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > 14 ? fields[11..15].Sum(field => long.Parse(field, CultureInfo.InvariantCulture)) : 0;
    }

    /// <summary>A process's threads; 0 where it is gone.</summary>
    internal static int Threads(int id)
    {
        try
        {
            return Directory.GetDirectories($"/proc/{id.ToString(CultureInfo.InvariantCulture)}/task").Length;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static long? Number(string path) => long.TryParse(Text(path)?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

    private static string? Text(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;   // the kernel does not offer it, or the process is gone
        }
    }
}
