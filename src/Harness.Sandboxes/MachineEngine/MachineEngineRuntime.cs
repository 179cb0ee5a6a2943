using Harness.Core.Model;
using Harness.Core.Running;
using Harness.Sandboxes.Containers;

namespace Harness.Sandboxes.MachineEngine;

/// <summary>Runs sandboxes as containers of the engine in the harness's own VM.</summary>
internal sealed class MachineEngineRuntime(DockerRuntime containers, EngineMachine machine) : IRuntime, IUserlandExport
{
    /// <inheritdoc/>
    public string Engine => containers.Engine;

    /// <inheritdoc/>
    public string Runtime => containers.Runtime;

    /// <inheritdoc/>
    public Task<Preparation> PrepareAsync(Cell cell, IProgress<string> messages, CancellationToken cancellation)
    {
        machine.Accelerator = cell.Accelerator;
        return containers.PrepareAsync(cell, messages, cancellation);
    }

    /// <inheritdoc/>
    public Task<SandboxEnd> RunAsync(SandboxRequest request, IChannelSink channel, CancellationToken cancellation) =>
        machine.RunAsync(() => containers.RunAsync(request, channel, cancellation), cancellation);

    /// <inheritdoc/>
    public Task<string?> ExportAsync(Cell cell, string path, IProgress<string> messages, CancellationToken cancellation) =>
        containers.ExportAsync(cell, path, messages, cancellation);
}
