using System.Globalization;

namespace Harness.Instruments.Footprint;

/// <summary>What of the machine is free, as far as it tells.</summary>
/// <param name="MemoryBytes">MemAvailable.</param>
/// <param name="Processes">Processes and threads that may still be started.</param>
/// <param name="DiskBytes">Free where sandboxes are kept.</param>
internal sealed record MachineRoom(long MemoryBytes, long Processes, long DiskBytes)
{
    /// <summary>Now; null where the machine does not tell.</summary>
    internal static MachineRoom? Read(string folder) =>
        MachineMeter.Available() is { } memory && MachineMeter.FreeProcesses() is { } processes
            ? new MachineRoom(memory, processes, new DriveInfo(folder).AvailableFreeSpace)
            : null;
}

/// <summary>What one more sandbox may take at most.</summary>
internal sealed record SandboxCost(long MemoryBytes, int Processes, long DiskBytes, TimeSpan Start);

/// <summary>
/// What a fleet may take of a machine that others use too: half of its free memory, a quarter of its free processes and disk.
/// It holds against what the machine has now, whoever took the rest.
/// </summary>
/// <param name="Floor">What must stay free.</param>
/// <param name="Time">What a trial may take for starting.</param>
internal sealed record FleetBudget(MachineRoom Floor, TimeSpan Time)
{
    /// <summary>For a machine with that room.</summary>
    internal static FleetBudget Of(MachineRoom room, TimeSpan time) =>
        new(new MachineRoom(room.MemoryBytes / 2, room.Processes / 4 * 3, room.DiskBytes / 4 * 3), time);

    /// <summary>The resource that more sandboxes would cross, with the reason; null where they fit.</summary>
    internal Refusal? Check(int more, SandboxCost each, MachineRoom now, TimeSpan elapsed) =>
        now.MemoryBytes - (more * each.MemoryBytes) < Floor.MemoryBytes ? Say("memory", more * each.MemoryBytes, now.MemoryBytes, Floor.MemoryBytes, "bytes")
        : now.Processes - ((long)more * each.Processes) < Floor.Processes ? Say("pids", (long)more * each.Processes, now.Processes, Floor.Processes, "processes")
        : now.DiskBytes - (more * each.DiskBytes) < Floor.DiskBytes ? Say("disk", more * each.DiskBytes, now.DiskBytes, Floor.DiskBytes, "bytes")
        : elapsed + (more * each.Start) > Time ? new Refusal("start time", string.Create(
            CultureInfo.InvariantCulture, $"{more} more may take {(more * each.Start).TotalSeconds:0.0} s, of {Time.TotalSeconds:0.0} s {elapsed.TotalSeconds:0.0} are used"))
        : null;

    private static Refusal Say(string resource, long need, long free, long floor, string unit) => new(
        resource, string.Create(CultureInfo.InvariantCulture, $"they may take {need} {unit} of the {free} that are free, {floor} of which must stay"));
}

/// <summary>Why no more is started.</summary>
/// <param name="Resource"><c>memory</c>, <c>pids</c>, <c>disk</c>, <c>start time</c>, <c>timeout</c>, <c>failure</c> or <c>plan</c>.</param>
/// <param name="Reason">One line.</param>
internal sealed record Refusal(string Resource, string Reason);
