using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Core.Protocol;
using Harness.Core.Running;

namespace Harness.Runtimes.Direct;

/// <summary>
/// Starts one sandbox with an empty plan. A runtime can be installed and yet refuse every sandbox: that is a property of the machine, to be
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
            AgentPlan = Core.Protocol.AgentPlan.Empty.Render(),
            Files = ImmutableSortedDictionary<string, ImmutableArray<byte>>.Empty,
            Limits = new Limits(256 << 20, 64, 4096),
            Deadline = TimeSpan.FromSeconds(30),
        };
        return await runtime.RunAsync(request, new Ignored(), cancellation) switch
        {
            SandboxEnd.Exited { ExitCode: 0 } => null,
            SandboxEnd.Exited exited => $"the agent ended with status {exited.ExitCode}",
            SandboxEnd.Refused refused => refused.Reason,
            SandboxEnd.Failed failed => failed.Reason,
            _ => "a sandbox did not end in time",
        };
    }

    private sealed class Ignored : IChannelSink
    {
        public bool Write(ReadOnlySpan<byte> bytes) => true;
    }
}
