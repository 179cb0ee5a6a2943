using Docker.DotNet.Models;
using Harness.Core.Protocol;
using Harness.Core.Running;
using Harness.Engines.Connecting;
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
    internal static CreateContainerParameters Create(
        string run, SandboxRequest request, string image, string runtime, ContainerVariant variant, string? mounted = null) => new()
        {
            Name = EngineContainers.Name(run, request.SandboxId),
            Image = image,
            Entrypoint = [SandboxArchive.Agent, SandboxArchive.Plan],
            Cmd = [],
            // Only process 1 gets it, and overwrites it before anything else runs.
            Env = [$"{ChannelKey.Variable}={request.Key.ToHex()}"],
            // An image's own check would be started with the container's environment, beside the agent.
            Healthcheck = new HealthcheckConfig { Test = ["NONE"] },
            User = "0:0",
            WorkingDir = "/",
            AttachStdout = true,
            AttachStderr = true,
            Labels = new Dictionary<string, string>
            {
                [EngineContainers.RunLabel] = run,
                [EngineContainers.SandboxLabel] = request.SandboxId,
                [EngineContainers.OwnerLabel] = Owner.Current().Text,
            },
            HostConfig = new HostConfig
            {
                Runtime = runtime,
                NetworkMode = variant.Network,
                SecurityOpt = [.. variant.MayGainPrivileges ? ImmutableArray<string>.Empty : ["no-new-privileges"], .. variant.SecurityOptions],
                CapAdd = [.. variant.AddedCapabilities],
                CapDrop = variant.DropsCapabilities ? ["ALL"] : [],
                Memory = request.Limits.MemoryBytes,
                // Swap beyond memory would make the limit mean something else on each machine.
                MemorySwap = request.Limits.MemoryBytes,
                PidsLimit = request.Limits.Pids,
                // Read-only: what a container writes counts against its own layer, never against the folder's disk.
                Mounts = mounted is null ? null : [new Mount { Type = "bind", Source = mounted, Target = SandboxArchive.Folder, ReadOnly = true }],
                LogConfig = new LogConfig { Type = "none" },
                // Removing itself, a container can take its exit status along.
                AutoRemove = false,
                Init = false,
            },
        };
}
