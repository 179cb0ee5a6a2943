using System.Globalization;
using Harness.Core.Model;

namespace Harness.Host.Facts;

/// <summary>
/// The hardware and those of the kernel's settings that change how fast it is. What the kernel does not tell is null, never a guess: a VM
/// often shows no frequency at all. Source: Documentation/admin-guide/pm, Documentation/admin-guide/hw-vuln.
/// </summary>
internal static class HardwareReader
{
    /// <summary>Reads /proc and /sys below a root.</summary>
    internal static HardwareFacts Read(string root)
    {
        var processors = Lines(root, "proc/cpuinfo");
        var load = Text(root, "proc/loadavg")?.Split(' ').Take(3).Select(number => double.Parse(number, CultureInfo.InvariantCulture)) ?? [];
        var isGuest = processors.Any(line => line.StartsWith("flags", StringComparison.Ordinal) && line.Split(' ').Contains("hypervisor"));
        return new HardwareFacts(
            Model(processors),
            Environment.ProcessorCount,
            Kibibytes(root, "MemTotal:"),
            [.. load],
            isGuest ? Text(root, "sys/class/dmi/id/sys_vendor") ?? "a hypervisor that does not give its name" : null)
        {
            Governor = Governor(root),
            Boost = Flag(root, "sys/devices/system/cpu/intel_pstate/no_turbo") is { } off ? !off : Flag(root, "sys/devices/system/cpu/cpufreq/boost"),
            Smt = Flag(root, "sys/devices/system/cpu/smt/active"),
            Mitigations = Mitigations(root),
            TransparentHugePages = Chosen(Text(root, "sys/kernel/mm/transparent_hugepage/enabled")),
            SwapBytes = Kibibytes(root, "SwapTotal:"),
            NumaNodes = Folders(root, "sys/devices/system/node", "node") is { Length: > 0 } nodes ? nodes.Length : null,
        };
    }

    // ARM's processors have no name there, but who made them and which part it is; a host may have parts of several kinds.
    private static string? Model(string[] processors)
    {
        if (Values(processors, "model name").FirstOrDefault() is { } name)
            return name;
        var parts = Values(processors, "CPU implementer").Zip(Values(processors, "CPU part"), (implementer, part) => $"implementer {implementer} part {part}").Distinct();
        return string.Join(", ", parts) is { Length: > 0 } models ? models : null;
    }

    private static IEnumerable<string> Values(string[] lines, string key) =>
        lines.Select(line => line.Split(':', 2)).Where(pair => pair.Length == 2 && pair[0].Trim() == key).Select(pair => pair[1].Trim());

    private static string? Governor(string root)
    {
        var governors = Folders(root, "sys/devices/system/cpu", "cpu")
            .Select(cpu => Text(cpu, "cpufreq/scaling_governor"))
            .OfType<string>()
            .Distinct()
            .Order(StringComparer.Ordinal);
        return string.Join(',', governors) is { Length: > 0 } all ? all : null;
    }

    private static ImmutableSortedDictionary<string, string>? Mitigations(string root)
    {
        var folder = Path.Combine(root, "sys/devices/system/cpu/vulnerabilities");
        return Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder)
                .Select(file => (Name: Path.GetFileName(file), Text: Text(folder, Path.GetFileName(file))))
                .Where(weakness => weakness.Text is not null)
                .ToImmutableSortedDictionary(weakness => weakness.Name, weakness => weakness.Text!, StringComparer.Ordinal)
            : null;
    }

    // "always [madvise] never": the one in brackets.
    private static string? Chosen(string? text) =>
        text?.Split(' ').FirstOrDefault(word => word.StartsWith('[') && word.EndsWith(']')) is { } word ? word[1..^1] : null;

    private static bool? Flag(string root, string path) => Text(root, path) switch
    {
        "1" => true,
        "0" => false,
        _ => null,
    };

    private static long? Kibibytes(string root, string key) =>
        Lines(root, "proc/meminfo").FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal))?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, var number, ..]
        && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var kibibytes)
            ? kibibytes * 1024
            : null;

    // cpu0, cpu1, … and not cpufreq or cpuidle.
    private static string[] Folders(string root, string path, string prefix)
    {
        var folder = Path.Combine(root, path);
        return Directory.Exists(folder)
            ? [.. Directory.EnumerateDirectories(folder, prefix + "*").Where(name => int.TryParse(Path.GetFileName(name).AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out _))]
            : [];
    }

    private static string[] Lines(string root, string path) => Text(root, path)?.Split('\n') ?? [];

    private static string? Text(string root, string path)
    {
        try
        {
            var file = Path.Combine(root, path);
            return File.Exists(file) ? File.ReadAllText(file).TrimEnd('\n', '\0') : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Some files are there and cannot be read, as scaling_governor of a processor that is off.
            return null;
        }
    }
}
