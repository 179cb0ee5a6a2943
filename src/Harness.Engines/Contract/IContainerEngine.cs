using Harness.Core.Model;

namespace Harness.Engines.Contract;

/// <summary>
/// An engine that has answered. A container is given by its name or its id. No call has a time limit of its own: whoever calls brings a token.
/// Each of them throws an <see cref="EngineException"/> where the engine refuses or goes away. What a measured start calls
/// is an <see cref="EngineCall{T}"/>.
/// </summary>
internal interface IContainerEngine : IDisposable
{
    /// <summary>What cells call it: the name of its row, as <c>docker</c>.</summary>
    string Name { get; }

    /// <summary>Its images.</summary>
    IImageStore Images { get; }

    /// <summary>What it is.</summary>
    Task<EngineFacts> FactsAsync(CancellationToken cancellation);

    /// <summary>The architecture of its machine: <c>amd64</c>.</summary>
    Task<string> ArchitectureAsync(CancellationToken cancellation);

    /// <summary>Whether it has a network of this name, in Docker's words: <c>bridge</c> is that which containers get where none is asked for.</summary>
    Task<bool> HasNetworkAsync(string name, CancellationToken cancellation);

    /// <summary>An exchange that does nothing.</summary>
    EngineCall PingAsync(CancellationToken cancellation);

    /// <summary>Makes a container. The answer is its id.</summary>
    EngineCall<string> CreateAsync(ContainerRequest request, CancellationToken cancellation);

    /// <summary>Unpacks an archive into a container that was not started yet, from its root on.</summary>
    EngineCall CopyInAsync(string container, Stream archive, CancellationToken cancellation);

    /// <summary>Listens to what a container will write.</summary>
    EngineCall<IContainerOutput> AttachAsync(string container, CancellationToken cancellation);

    /// <summary>Starts a container.</summary>
    EngineCall StartAsync(string container, CancellationToken cancellation);

    /// <summary>Waits for a container's end. The answer is its exit code.</summary>
    EngineCall<long> WaitAsync(string container, CancellationToken cancellation);

    /// <summary>Ends a container at once.</summary>
    EngineCall KillAsync(string container, CancellationToken cancellation);

    /// <summary>Removes a container, running or not, with its anonymous volumes.</summary>
    EngineCall RemoveAsync(string container, CancellationToken cancellation);

    /// <summary>How a container is; null where the engine does not tell.</summary>
    Task<ContainerState?> StateAsync(string container, CancellationToken cancellation);

    /// <summary>What the engine says that it made of a request, in Docker's words.</summary>
    Task<ContainerInspection> InspectAsync(string container, CancellationToken cancellation);

    /// <summary>What a container takes on the engine's disk.</summary>
    Task<ContainerDisk> DiskAsync(string container, CancellationToken cancellation);

    /// <summary>All files of a container, as a tar.</summary>
    Task<Stream> ExportAsync(string container, CancellationToken cancellation);

    /// <summary>The containers with a label (<c>name</c> or <c>name=value</c>), running or not; null: all of them.</summary>
    Task<ImmutableArray<ContainerSummary>> ListAsync(string? label, CancellationToken cancellation);
}

/// <summary>Takes what a container wrote. False: enough was read.</summary>
internal delegate bool OutputTaker(ReadOnlySpan<byte> bytes);

/// <summary>What a container writes.</summary>
internal interface IContainerOutput : IDisposable
{
    /// <summary>Hands on what comes, as it comes. False: the taker of standard output has enough; true: the streams have ended.</summary>
    /// <param name="output">Takes standard output.</param>
    /// <param name="failure">Takes standard error.</param>
    /// <param name="cancellation">Ends it.</param>
    Task<bool> PumpAsync(OutputTaker output, OutputTaker failure, CancellationToken cancellation);
}
