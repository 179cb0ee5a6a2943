using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Core.Running;
using Harness.Host.Guarding;
using Harness.Host.Paths;
using Harness.Host.Provisioning;
using Harness.Images;
using Harness.Images.Kernels;
using Harness.Instruments.Footprint;
using Harness.Sandboxes.Containers;
using Harness.Sandboxes.Direct;
using Harness.Sandboxes.MachineEngine;
using Harness.Sandboxes.Machines;
using Harness.Sandboxes.Payload;
using Harness.Sandboxes.Plain;

namespace Harness.Runtimes;

/// <summary>What runtimes are made of: the parts that all of a run share.</summary>
internal sealed record RuntimeParts
{
    /// <summary>The run's id, which everything it creates carries.</summary>
    public required string RunId { get; init; }

    /// <summary>The cache's folders.</summary>
    public required EnginePaths Paths { get; init; }

    /// <summary>The probe agent's builds.</summary>
    public required AgentFiles Agents { get; init; }

    /// <summary>What removes everything after SIGKILL.</summary>
    public required GuardLink Guard { get; init; }

    /// <summary>Installs programs, where that is allowed.</summary>
    public required Provisioner Provisioner { get; init; }

    /// <summary>The engine that images are taken from where no engine runs them, once a cell needs it.</summary>
    public required EngineSession Session { get; init; }

    /// <summary>By the engines' names in cells, each engine once a cell needs it.</summary>
    public required ImmutableArray<(string Engine, EngineSession Session)> Sessions { get; init; }

    /// <summary>The VM whose engine is <c>docker@vm</c>.</summary>
    public required EngineMachine EngineMachine { get; init; }

    /// <summary>Its engine, once a cell needs it.</summary>
    public required EngineSession MachineSession { get; init; }

    /// <summary>The catalogue's kernels.</summary>
    public required KernelImages Kernels { get; init; }

    /// <summary>Userlands as file systems to boot.</summary>
    public required MachineUserlands Machines { get; init; }

    /// <summary>Userlands as folders.</summary>
    public required UserlandTrees Trees { get; init; }

    /// <summary>What was found out about accelerators.</summary>
    public required MachineProofs Proofs { get; init; }

    /// <summary>Ends what is under way.</summary>
    public required CancellationToken Life { get; init; }
}

/// <summary>A runtime of a run, and what looks at its sandboxes from outside for the experiment footprint; null where nothing does.</summary>
internal sealed record ComposedRuntime(IRuntime Runtime, Func<ISandboxWitness>? Witness);

/// <summary>Makes the runtimes of the table: the one place that names the code of each.</summary>
internal static class RuntimeComposition
{
    /// <summary>One a name of the table; of an OCI runtime one without an engine, and one an engine. Nothing is started.</summary>
    internal static ImmutableArray<ComposedRuntime> All(RuntimeParts parts) => [.. KnownRuntimes.All.SelectMany(runtime => Of(runtime, parts))];

    private static IEnumerable<ComposedRuntime> Of(RuntimeDefinition runtime, RuntimeParts parts) => runtime.Name switch
    {
        "host" => [new(new HostRuntime(parts.Paths, parts.Agents, parts.Guard), () => new PlainWitness())],
        "namespaces" => [new(new NamespacesRuntime(parts.Paths, parts.Agents, parts.Guard, parts.Trees, parts.Session.Remark), null)],
        "qemu" => [new(new QemuRuntime(parts.Paths, parts.Agents, parts.Guard, parts.Provisioner, parts.Kernels, parts.Machines, parts.Proofs, parts.RunId), () => new MachineWitness())],
        _ when runtime.IsOci => Oci(runtime, parts),
        _ => throw new InvalidOperationException($"the runtime '{runtime.Name}' is in the table, and nothing makes it"),
    };

    private static IEnumerable<ComposedRuntime> Oci(RuntimeDefinition runtime, RuntimeParts parts) =>
    [
        new(new OciRuntime(runtime, parts.Paths, parts.Agents, parts.Guard, parts.Trees, parts.Provisioner, parts.Session.Remark), null),
        .. parts.Sessions.Select(one => new ComposedRuntime(
            new DockerRuntime(one.Engine, runtime.Name, one.Session, parts.Agents, parts.Paths, parts.Guard, parts.Life), () => new ContainerWitness(one.Session, runtime.Name))),
        new(new MachineEngineRuntime(new DockerRuntime(RuntimeNames.DockerInVm, runtime.Name, parts.MachineSession, parts.Agents, parts.Paths, parts.Guard, parts.Life), parts.EngineMachine), null),
    ];
}
