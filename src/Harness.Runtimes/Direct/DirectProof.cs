using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Core.Protocol;
using Harness.Core.Running;
using Harness.Runtimes.Treatments;

namespace Harness.Runtimes.Direct;

/// <summary>
/// Starts one sandbox that tells what was done to it. A runtime can be installed and yet refuse every sandbox: that is a property of the machine, to be
/// said once and not found out trial by trial.
/// </summary>
internal static class DirectProof
{
    /// <summary>Null: it ran; else why not.</summary>
    internal static async Task<string?> FailureAsync(IRuntime runtime, Cell cell, string digest, CancellationToken cancellation)
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
            Deadline = TimeSpan.FromSeconds(30),
        };
        var channel = new TreatmentChannel(request.Key);
        return RuntimeProof.Of(await runtime.RunAsync(request, channel, cancellation), channel.Facts).Failure;
    }
}
