using Harness.Core.Protocol;
using Harness.Core.Running;
using Harness.Engines.Connecting;
using Harness.Engines.Contract;
using Harness.Sandboxes.Payload;

namespace Harness.Sandboxes.Containers;

/// <summary>The one way in which sandboxes are created.</summary>
internal static class ContainerSettings
{
    /// <summary>What the engine is asked for.</summary>
    /// <param name="run">The run's id.</param>
    /// <param name="request">What is to be run.</param>
    /// <param name="image">Its image's id.</param>
    /// <param name="runtime">The OCI runtime's name: never left to the engine's default.</param>
    /// <param name="variant">What its cell changes.</param>
    /// <param name="mounted">A folder of the engine's machine that holds what the sandbox needs; null where it is copied in.</param>
    internal static ContainerRequest Create(
        string run, SandboxRequest request, string image, string runtime, ContainerVariant variant, string? mounted = null) => new()
        {
            Name = EngineContainers.Name(run, request.SandboxId),
            Image = image,
            EntryPoint = [SandboxArchive.Agent, SandboxArchive.Plan],
            Command = [],
            // Only process 1 gets it, and overwrites it before anything else runs.
            Environment = [$"{ChannelKey.Variable}={request.Key.ToHex()}"],
            // An image's own check would be started with the container's environment, beside the agent.
            HasNoHealthCheck = true,
            User = "0:0",
            WorkingDirectory = "/",
            IsAttached = true,
            Labels = [(EngineContainers.RunLabel, run), (EngineContainers.SandboxLabel, request.SandboxId), (EngineContainers.OwnerLabel, Owner.Current().Text)],
            Runtime = runtime,
            Network = variant.Network,
            SecurityOptions = [.. variant.MayGainPrivileges ? ImmutableArray<string>.Empty : ["no-new-privileges"], .. variant.SecurityOptions],
            AddedCapabilities = variant.AddedCapabilities,
            DroppedCapabilities = variant.DropsCapabilities ? ["ALL"] : [],
            Memory = request.Limits.MemoryBytes,
            Processes = request.Limits.Pids > 0 ? request.Limits.Pids : null,
            // Read-only: what a container writes counts against its own layer, never against the folder's disk.
            Mount = mounted is null ? null : new FolderMount(mounted, SandboxArchive.Folder),
            LogDriver = "none",
        };
}
