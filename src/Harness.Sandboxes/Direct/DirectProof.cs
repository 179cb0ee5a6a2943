using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Core.Protocol;
using Harness.Core.Running;
using Harness.Sandboxes.Treatments;

namespace Harness.Sandboxes.Direct;

/// <summary>
/// Starts one sandbox that tells what was done to it. A runtime can be installed and yet refuse every sandbox: that is a property of the machine, to be
/// said once and not found out trial by trial.
/// </summary>
internal static class DirectProof
{
    /// <summary>Why cells of a runtime cannot be run; null: a sandbox of it ran, and was what it was asked to be.</summary>
    /// <param name="runtime">The runtime.</param>
    /// <param name="cell">One of its cells.</param>
    /// <param name="digest">Its image.</param>
    /// <param name="cannot">How the sentence begins.</param>
    /// <param name="cancellation">Ends it.</param>
    internal static async Task<Preparation?> ObstacleAsync(IRuntime runtime, Cell cell, string digest, string cannot, CancellationToken cancellation)
    {
        var proof = await RunAsync(runtime, cell, digest, cancellation);
        return proof.Failure is not { } failure ? null
            : proof.IsContradicted ? new Preparation.Failed(failure)
            : new Preparation.Unavailable($"{cannot}: {failure}") { WasTried = true };
    }

    /// <summary>Starts it.</summary>
    internal static async Task<RuntimeProof> RunAsync(IRuntime runtime, Cell cell, string digest, CancellationToken cancellation)
    {
        var request = new SandboxRequest
        {
            SandboxId = $"proof-{Guid.NewGuid():N}"[..14],
            Key = ChannelKey.Create(),
            Cell = cell,
            ImageDigest = digest,
            AgentPlan = TreatmentFacts.Plan.Render(),
            Files = ImmutableSortedDictionary<string, ImmutableArray<byte>>.Empty,
            Limits = new Limits(256 << 20, 64, 4096),
            // A virtual machine that is emulated boots in seconds.
            Deadline = TimeSpan.FromSeconds(60),
        };
        var channel = new TreatmentChannel(request.Key);
        return RuntimeProof.Of(await runtime.RunAsync(request, channel, cancellation), channel.Facts);
    }
}
