using System.Buffers;
using Harness.Core.Model;
using Harness.Core.Protocol;
using Harness.Core.Running;

namespace Harness.Benchmarks.Subjects;

/// <summary>A runtime that starts nothing and answers at once, as an agent whose probes all end well: what is left is the harness's own work.</summary>
internal sealed class ScriptedRuntime : IRuntime
{
    /// <inheritdoc/>
    public string Engine => "docker";

    /// <inheritdoc/>
    public string Runtime => "runc";

    /// <inheritdoc/>
    public Task<Preparation> PrepareAsync(Cell cell, IProgress<string> messages, CancellationToken cancellation) =>
        Task.FromResult<Preparation>(new Preparation.Ready("sha256:scripted") { Architecture = "x86_64" });

    /// <inheritdoc/>
    public Task<SandboxEnd> RunAsync(SandboxRequest request, IChannelSink channel, CancellationToken cancellation)
    {
        var lines = request.AgentPlan.Split('\n');
        var probes = lines.Count(line => line.StartsWith("probe\t", StringComparison.Ordinal));
        var output = new ArrayBufferWriter<byte>();
        var writer = new FrameWriter(request.Key, output);
        writer.Write(new HelloFrame(1, 1_000, 1_000, 1, "x86_64", "scripted"));
        for (ushort index = 0; index < probes; index++)
        {
            writer.Write(new ProbeStartedFrame(index, 2_000));
            writer.Write(new ProbeEndedFrame(index, EndKind.Exited, 0, 2_000, 5_000, ""));
        }

        writer.WriteBye();
        channel.Write(output.WrittenSpan);
        return Task.FromResult<SandboxEnd>(new SandboxEnd.Exited(0, false));
    }
}
