using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Harness.Core.Journaling;
using Harness.Core.Protocol;
using Harness.Core.Running;
using Harness.Host.Guarding;
using Harness.Host.Paths;
using Harness.Host.Processes;
using Harness.Images.Kernels;
using Harness.Sandboxes.Payload;

namespace Harness.Sandboxes.Machines;

/// <summary>
/// Short boots that tell what works here, remembered in the user's cache. A device that opens proves nothing: under some
/// hypervisors /dev/kvm opens and every guest hangs.
/// </summary>
internal sealed class MachineProofs(EnginePaths paths, AgentFiles agents, GuardLink guard, CancellationToken owner)
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    private readonly ConcurrentDictionary<string, AsyncOnce<string?>> _proofs = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    /// <summary>Why KVM cannot be used; null where a guest booted under it.</summary>
    internal async Task<string?> KvmFailureAsync(KernelImage kernel, CancellationToken cancellation)
    {
        if (!KvmOpens())
            return "/dev/kvm cannot be opened: KVM is not there or not allowed; use --accelerator tcg";
        return await ProveAsync(kernel, "kvm", "q35", TimeSpan.FromSeconds(20), remembersFailure: true, cancellation) is { } failure
            ? IsContradiction(failure) ? failure : $"/dev/kvm opens, but a guest does not boot under it ({failure}): use --accelerator tcg"
            : null;
    }

    /// <summary>Whether a failure says that QEMU made something else than it was asked for.</summary>
    internal static bool IsContradiction(string failure) => failure.StartsWith(Core.Model.Treatments.ContradictionStart, StringComparison.Ordinal);

    /// <summary>The fastest shape that boots a kernel; the common one where none does, for the trial to show why.</summary>
    internal async Task<string> ShapeAsync(KernelImage kernel, string accelerator, CancellationToken cancellation) =>
        kernel.Elf is not null && await ProveAsync(kernel, accelerator, "microvm", TimeSpan.FromSeconds(90), remembersFailure: false, cancellation) is null ? "microvm" : "q35";

    /// <summary>Whether this process may open /dev/kvm.</summary>
    internal static bool KvmOpens()
    {
        try
        {
            using var device = new FileStream("/dev/kvm", FileMode.Open, FileAccess.ReadWrite);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>What was remembered of KVM on this machine: true, false, or null where nobody has tried.</summary>
    internal static bool? RememberedKvm(EnginePaths paths)
    {
        var all = Read(Memory(paths)).Where(pair => pair.Key.Contains("|kvm|", StringComparison.Ordinal) && pair.Key.StartsWith(Here, StringComparison.Ordinal)).ToList();
        return all.Count == 0 ? null : all.Any(pair => pair.Value.Length == 0);
    }

    // A proof holds for this host's kernel; another one may well make KVM work.
    private static string Here => Environment.OSVersion.VersionString;

    private static string Memory(EnginePaths paths) => Path.Combine(paths.Root, "machines", "proofs.json");

    private Task<string?> ProveAsync(KernelImage kernel, string accelerator, string shape, TimeSpan patience, bool remembersFailure, CancellationToken cancellation)
    {
        var key = $"{Here}|{kernel.Lock.ImageSha256[..16]}|{accelerator}|{shape}";
        return _proofs.GetOrAdd(key, _ => new AsyncOnce<string?>(
            async token =>
            {
                if (Read(Memory(paths)).TryGetValue(key, out var remembered))
                    return remembered.Length == 0 ? null : remembered;
                var failure = await BootAsync(kernel, accelerator, shape, patience, token);
                // Under load a boot can be too slow: what failed for that is tried again by the next run. So is what somebody's QEMU made of it.
                if (failure is null || (remembersFailure && !IsContradiction(failure)))
                    Remember(key, failure ?? "");
                return failure;
            },
            owner)).GetAsync(cancellation);
    }

    private async Task<string?> BootAsync(KernelImage kernel, string accelerator, string shape, TimeSpan patience, CancellationToken cancellation)
    {
        if (!OperatingSystem.IsLinux() || Machine.FindProgram(QemuRuntime.Tool.Program) is not { } program || agents.FindInit() is not { } init)
            return "QEMU or the agent is not there";
        await using var folder = await TemporaryFolder.CreateAsync(paths, guard);
        var initramfs = Path.Combine(folder.Path, "initramfs");
        await using (var output = File.Create(initramfs))
            Initramfs.Write(output, await File.ReadAllBytesAsync(init, cancellation), kernel, new GuestRoot(null), ChannelKey.Create(), AgentPlan.Empty.Render(), ImmutableSortedDictionary<string, ImmutableArray<byte>>.Empty);
        using var monitor = MachineMonitor.In(folder.Path);
        var machine = new MachineSettings
        {
            Name = MachineName.Of("proof", "0"),
            Kernel = kernel,
            Initramfs = initramfs,
            Shape = shape,
            Accelerator = accelerator,
            Variant = new MachineVariant(),
            MemoryBytes = 256L << 20,
            Monitor = monitor?.Path,
        };
        var sink = new Counter();
        var end = await new QemuProcess(program, guard) { Monitor = monitor }.RunAsync(machine, patience, sink, new Stamps(), cancellation);
        // A guest that booted under something else proves nothing of what was asked for.
        if (Core.Model.Treatments.Contradiction(MachineTreatment.Judge(new TreatmentFacts(), machine, monitor?.Self, drop: null)) is { } contradiction)
            return contradiction;
        return end switch
        {
            SandboxEnd.Exited when sink.Count > 0 => null,
            SandboxEnd.DeadlineExceeded => string.Create(CultureInfo.InvariantCulture, $"it hung for {patience.TotalSeconds} s"),
            SandboxEnd.Crashed crashed => crashed.Reason,
            SandboxEnd.Failed failed => failed.Reason,
            _ => "the agent did not report",
        };
    }

    private void Remember(string key, string result)
    {
        lock (_gate)
        {
            EnginePaths.CreatePrivate(Path.GetDirectoryName(Memory(paths))!);
            AtomicFile.Write(Memory(paths), JsonSerializer.Serialize(Read(Memory(paths)).SetItem(key, result), Json) + "\n");
        }
    }

    private static ImmutableSortedDictionary<string, string> Read(string file)
    {
        try
        {
            return File.Exists(file) ? JsonSerializer.Deserialize<ImmutableSortedDictionary<string, string>>(File.ReadAllText(file)) ?? ImmutableSortedDictionary<string, string>.Empty : ImmutableSortedDictionary<string, string>.Empty;
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            // A memory that cannot be read is no memory: what it held is proved again.
            return ImmutableSortedDictionary<string, string>.Empty;
        }
    }

    private sealed class Counter : IChannelSink
    {
        public long Count { get; private set; }

        public bool Write(ReadOnlySpan<byte> bytes)
        {
            Count += bytes.Length;
            return true;
        }
    }
}
