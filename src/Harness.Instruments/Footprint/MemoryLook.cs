using System.Globalization;
using Harness.Core.Model;
using Harness.Host.Processes;

namespace Harness.Instruments.Footprint;

/// <summary>What a fleet of n holds in memory, all n together, by who holds it. Raw: nothing is divided or subtracted.</summary>
internal static class MemoryLook
{
    private static readonly (PartRole Role, string Metric)[] Metrics =
    [
        (PartRole.Payload, "pss_payload_bytes"), (PartRole.Shim, "pss_shim_bytes"), (PartRole.Sentry, "pss_sentry_bytes"),
        (PartRole.Gofer, "pss_gofer_bytes"), (PartRole.Machine, "pss_machine_bytes"),
    ];

    /// <summary>The readings about <c>n=N</c>.</summary>
    internal static async Task<ImmutableArray<Observation>> ReadAsync(ISandboxWitness witness, IReadOnlyList<FleetMember> members, CancellationToken cancellation)
    {
        var subject = string.Create(CultureInfo.InvariantCulture, $"n={members.Count}");
        var readings = ImmutableArray.CreateBuilder<Observation>();
        readings.AddRange(MachineMeter.Read(subject));
        try
        {
            var servants = await witness.ServantsAsync(cancellation);
            if (!servants.IsEmpty)
                Add("pss_engine_bytes", () => servants.Sum(id => ProcessMemory.Read(id).Pss));
        }
        catch (IOException e)
        {
            readings.Add(Observation.OfText("unavailable", "pss_engine_bytes", e.Message));
        }

        if (members.Count == 0)
            return readings.ToImmutable();
        foreach (var line in members.SelectMany(member => member.Guest).GroupBy(line => line.Subject, StringComparer.Ordinal))
            readings.Add(Observation.Number("guest_memory_bytes", $"{subject} {line.Key}", line.Sum(value => value.Value)));
        ImmutableArray<ImmutableArray<SandboxPart>> sandboxes;
        try
        {
            sandboxes = [.. await Task.WhenAll(members.Select(member => witness.FindAsync(member.Id, member.FirstProcess, cancellation)))];
        }
        catch (IOException e)
        {
            readings.Add(Observation.OfText("unavailable", "pss_payload_bytes", e.Message));
            return readings.ToImmutable();
        }

        AddParts([.. sandboxes.SelectMany(parts => parts)]);
        AddGroups([.. sandboxes.Select(parts => CgroupMemory.Read(parts.FirstOrDefault(part => part.Role != PartRole.Shim, parts[0]).Id))]);
        return readings.ToImmutable();

        void AddParts(ImmutableArray<SandboxPart> parts)
        {
            foreach (var (role, metric) in Metrics)
            {
                if (parts.Any(part => part.Role == role))
                    Add(metric, () => parts.Where(part => part.Role == role).Sum(part => ProcessMemory.Read(part.Id).Pss));
            }

            Add("private_bytes", () => parts.Sum(part => ProcessMemory.Read(part.Id).Private));
            Add("pids", () => parts.Sum(part => MachineMeter.Threads(part.Id)));
            if (parts.Any(part => part.Role == PartRole.Machine))
                AddMachines(parts);
        }

        void AddMachines(ImmutableArray<SandboxPart> parts)
        {
            try
            {
                var machines = parts.Select(part => MachineMemory.Read(part.Id, MachineWitness.GuestMemory(ProcessTable.Arguments(part.Id)) ?? throw new IOException("the QEMU states no memory"))).ToList();
                readings.Add(Observation.Number("machine_guest_ram_bytes", subject, machines.Sum(machine => machine.GuestRam)));
                readings.Add(Observation.Number("machine_translated_bytes", subject, machines.Sum(machine => machine.Translated)));
            }
            catch (IOException e)
            {
                readings.Add(Observation.OfText("unavailable", "machine_guest_ram_bytes", e.Message));
            }
        }

        void AddGroups(ImmutableArray<CgroupMemory?> groups)
        {
            // A sum over some of them would be taken for one over all.
            if (groups.Any(group => group is null))
                return;
            readings.Add(Observation.Number("cgroup_bytes", subject, groups.Sum(group => group!.Bytes)));
            if (groups.All(group => group!.KernelBytes is not null))
                readings.Add(Observation.Number("cgroup_kernel_bytes", subject, groups.Sum(group => group!.KernelBytes!.Value)));
        }

        void Add(string metric, Func<long> read)
        {
            try
            {
                readings.Add(Observation.Number(metric, subject, read()));
            }
            catch (IOException e)
            {
                readings.Add(Observation.OfText("unavailable", metric, e.Message));
            }
        }
    }
}
