using System.Globalization;
using Harness.Core.Model;

namespace Harness.Instruments.Footprint;

/// <summary>A plain process is the agent and its children; the agent's own word for its id is the machine's.</summary>
internal sealed class PlainWitness : ISandboxWitness
{
    /// <inheritdoc/>
    public Task<ImmutableArray<SandboxPart>> FindAsync(string sandboxId, int firstProcess, CancellationToken cancellation) =>
        Task.FromResult<ImmutableArray<SandboxPart>>([.. ProcessTree.Of(firstProcess).Select(id => new SandboxPart(id, PartRole.Payload))]);

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<int>> ServantsAsync(CancellationToken cancellation) => ValueTask.FromResult<ImmutableArray<int>>([]);

    /// <inheritdoc/>
    public Task<ImmutableArray<Observation>> DiskAsync(string sandboxId, int firstProcess, CancellationToken cancellation)
    {
        var program = File.ResolveLinkTarget($"/proc/{firstProcess.ToString(CultureInfo.InvariantCulture)}/exe", returnFinalTarget: false);
        return Task.FromResult<ImmutableArray<Observation>>(
            program is null ? [] : [Observation.Number("disk_bytes", "program", new FileInfo(program.FullName).Length)]);
    }
}
