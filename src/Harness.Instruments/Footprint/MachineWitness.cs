using System.Globalization;
using Harness.Core.Model;
using Harness.Host.Processes;

namespace Harness.Instruments.Footprint;

/// <summary>A virtual machine is one QEMU, found by the name that it was given; what it boots stands in its arguments.</summary>
internal sealed class MachineWitness : ISandboxWitness
{
    /// <inheritdoc/>
    public Task<ImmutableArray<SandboxPart>> FindAsync(string sandboxId, int firstProcess, CancellationToken cancellation) =>
        Task.FromResult<ImmutableArray<SandboxPart>>([new SandboxPart(Find(sandboxId).Id, PartRole.Machine)]);

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<int>> ServantsAsync(CancellationToken cancellation) => ValueTask.FromResult<ImmutableArray<int>>([]);

    /// <inheritdoc/>
    public Task<ImmutableArray<Observation>> DiskAsync(string sandboxId, int firstProcess, CancellationToken cancellation)
    {
        var arguments = Find(sandboxId).Arguments;
        var readings = ImmutableArray.CreateBuilder<Observation>();
        Add("kernel", After(arguments, "-kernel"));
        // Beside the uncompressed kernel that boots fastest stands the one that its package brought.
        Add("kernel, compressed", After(arguments, "-kernel") is { } kernel && Path.Combine(Path.GetDirectoryName(kernel)!, "vmlinuz") is var packed && File.Exists(packed) ? packed : null);
        Add("initramfs", After(arguments, "-initrd"));
        var disk = After(arguments, "-drive")?.Split(',').FirstOrDefault(part => part.StartsWith("file=", StringComparison.Ordinal));
        Add("root image", disk?["file=".Length..]);
        return Task.FromResult(readings.ToImmutable());

        void Add(string subject, string? path)
        {
            if (path is not null)
                readings.Add(Observation.Number("disk_bytes", subject, new FileInfo(path).Length));
        }
    }

    /// <summary>The guest's memory as a QEMU's arguments state it, bytes; null where they do not.</summary>
    internal static long? GuestMemory(ImmutableArray<string> arguments) =>
        After(arguments, "-m") is [.. var number, 'M'] && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var mebibytes) ? mebibytes << 20 : null;

    private static string? After(ImmutableArray<string> arguments, string option)
    {
        var at = arguments.IndexOf(option);
        return at >= 0 && at + 1 < arguments.Length ? arguments[at + 1] : null;
    }

    private static (int Id, ImmutableArray<string> Arguments) Find(string sandboxId)
    {
        foreach (var process in ProcessTable.All())
        {
            var arguments = ProcessTable.Arguments(process.Id);
            // Its parent is this process: another harness may have drawn the same id.
            if (process.Parent == Environment.ProcessId && After(arguments, "-name") is { } name && name.EndsWith("-" + sandboxId, StringComparison.Ordinal))
                return (process.Id, arguments);
        }

        throw new IOException($"the QEMU of {sandboxId} is not among the processes");
    }
}
