using Harness.Core.Running;
using Harness.Engines.Connecting;
using Harness.Engines.Contract;
using Harness.Host.Processes;
using Harness.Images.Userlands;
using Harness.Sandboxes.Tracing;
using Harness.Sandboxes.Treatments;

namespace Harness.Sandboxes.Containers;

/// <summary>One container that is to be started.</summary>
internal sealed record ContainerStart
{
    /// <summary>The engine.</summary>
    internal required EngineConnection Connection { get; init; }

    /// <summary>The run's id.</summary>
    internal required string Run { get; init; }

    /// <summary>What is run.</summary>
    internal required SandboxRequest Request { get; init; }

    /// <summary>Its image.</summary>
    internal required UserlandResolution.Found Image { get; init; }

    /// <summary>The OCI runtime's name, as the engine is asked for it.</summary>
    internal required string Runtime { get; init; }

    /// <summary>The engine's security options, as it tells them.</summary>
    internal required ImmutableArray<string> SecurityOptions { get; init; }

    /// <summary>The engine's runtimes: their programs by name, as it tells them.</summary>
    internal required ImmutableSortedDictionary<string, string> Programs { get; init; }

    /// <summary>The capabilities of the engine's containers where none is asked for.</summary>
    internal ulong DefaultCapabilities { get; init; } = KernelCapabilities.Default;

    /// <summary>Why nothing of this host may be taken for the container's; null where both have one kernel.</summary>
    internal required string? Elsewhere { get; init; }

    /// <summary>What its cell changes.</summary>
    internal required ContainerVariant Variant { get; init; }

    /// <summary>The folder to mount at <c>/.harness</c>; null: the files are copied in.</summary>
    internal required string? Mounted { get; init; }

    /// <summary>Told when what happens.</summary>
    internal required Stamps Stamps { get; init; }

    /// <summary>Gets what the agent writes. Whoever reads that marks its arrival.</summary>
    internal required IChannelSink Channel { get; init; }

    /// <summary>What watches the start from outside; null where nothing does.</summary>
    internal StartTrace? Trace { get; init; }

    /// <summary>What the engine is asked for.</summary>
    internal ContainerRequest Settings() => ContainerSettings.Create(Run, Request, Image.ImageId, Runtime, Variant, Mounted);

    /// <summary>The container's name.</summary>
    internal string Name => EngineContainers.Name(Run, Request.SandboxId);
}
