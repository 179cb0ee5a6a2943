using Harness.Core.Model;
using Harness.Host.Processes;

namespace Harness.Instruments.Footprint;

/// <summary>What a process is to the sandbox it belongs to.</summary>
internal enum PartRole
{
    /// <summary>The agent and what it started.</summary>
    Payload,

    /// <summary>containerd's helper, one a container.</summary>
    Shim,

    /// <summary>gVisor's kernel in user space.</summary>
    Sentry,

    /// <summary>gVisor's file server.</summary>
    Gofer,

    /// <summary>QEMU, the guest's memory included.</summary>
    Machine,
}

/// <summary>One process of a sandbox, as the host sees it.</summary>
internal sealed record SandboxPart(int Id, PartRole Role);

/// <summary>Looks at a runtime's sandboxes from outside, while they run.</summary>
internal interface ISandboxWitness
{
    /// <summary>The processes that a sandbox consists of.</summary>
    /// <param name="sandboxId">As its request names it.</param>
    /// <param name="firstProcess">The agent's id, as it sees it.</param>
    /// <param name="cancellation">Ends the search.</param>
    /// <exception cref="IOException">They cannot be told.</exception>
    Task<ImmutableArray<SandboxPart>> FindAsync(string sandboxId, int firstProcess, CancellationToken cancellation);

    /// <summary>The processes that serve all sandboxes of the runtime together; empty where there are none or they are elsewhere.</summary>
    /// <exception cref="IOException">They cannot be told.</exception>
    ValueTask<ImmutableArray<int>> ServantsAsync(CancellationToken cancellation);

    /// <summary>Readings <c>disk_bytes</c> of one running sandbox, by what occupies them.</summary>
    Task<ImmutableArray<Observation>> DiskAsync(string sandboxId, int firstProcess, CancellationToken cancellation);
}
