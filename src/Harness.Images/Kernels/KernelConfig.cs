using System.Text;
using Harness.Images.Packages;

namespace Harness.Images.Kernels;

/// <summary>The options of a kernel's configuration that matter here.</summary>
internal static class KernelConfig
{
    // A configuration has some 300 KB.
    private const int Largest = 16 << 20;

    private static readonly ImmutableArray<string> Facts =
    [
        "EXT4_FS", "IA32_EMULATION", "LEGACY_VSYSCALL_EMULATE", "LEGACY_VSYSCALL_NATIVE", "LEGACY_VSYSCALL_NONE", "LEGACY_VSYSCALL_XONLY",
        "PVH", "SERIAL_8250_CONSOLE", "VIRTIO_BLK", "VIRTIO_MMIO", "VIRTIO_PCI", "X86_X32_ABI",
    ];

    /// <summary>The text of a configuration, which some packages compress; null where it holds no option, as what is none.</summary>
    internal static string? Text(byte[] file)
    {
        try
        {
            var text = Encoding.UTF8.GetString(Packed.Unpack(file, Largest));
            return Parse(text).IsEmpty ? null : text;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>Every option that is set: y, m, a number or a text in quotes.</summary>
    internal static ImmutableSortedDictionary<string, string> Parse(string config) =>
        config.Split('\n')
            .Select(line => line.TrimEnd('\r').Split('=', 2))
            .Where(pair => pair.Length == 2 && pair[0].StartsWith("CONFIG_", StringComparison.Ordinal))
            .GroupBy(pair => pair[0]["CONFIG_".Length..], StringComparer.Ordinal)
            .ToImmutableSortedDictionary(group => group.Key, group => group.Last()[1], StringComparer.Ordinal);

    /// <summary>Those that experiments turn on; <c>n</c> where it is not set.</summary>
    internal static ImmutableSortedDictionary<string, string> Chosen(string config)
    {
        var options = Parse(config);
        return Facts.ToImmutableSortedDictionary(name => name, name => options.GetValueOrDefault(name, "n"), StringComparer.Ordinal);
    }
}
