using System.Net;
using Docker.DotNet;
using Docker.DotNet.Models;

namespace Harness.Runtimes.Engines;

/// <summary>The labels that mark what the harness made, and finding by them.</summary>
public static class EngineContainers
{
    /// <summary>Every container of every run carries it; the value is the run's id.</summary>
    public const string RunLabel = "harness.run";

    /// <summary>The sandbox's id within the run.</summary>
    public const string SandboxLabel = "harness.sandbox";

    /// <summary>Removes all containers with a label (<c>name</c> or <c>name=value</c>), running or not. Returns their names.</summary>
    internal static async Task<ImmutableArray<string>> RemoveAsync(EngineConnection connection, string label, CancellationToken cancellation)
    {
        var containers = await connection.Client.Containers.ListContainersAsync(
            new ContainersListParameters
            {
                All = true,
                Filters = new Dictionary<string, IDictionary<string, bool>> { ["label"] = new Dictionary<string, bool> { [label] = true } },
            },
            cancellation);
        await Parallel.ForEachAsync(containers, cancellation, async (container, token) => await RemoveOneAsync(connection, container.ID, token));
        return [.. containers.Select(container => container.Names is [var name, ..] ? name.TrimStart('/') : container.ID)];
    }

    /// <summary>Removes one container, running or not, with its anonymous volumes. One that is gone, or going, is as good.</summary>
    internal static async Task RemoveOneAsync(EngineConnection connection, string id, CancellationToken cancellation)
    {
        try
        {
            await connection.Client.Containers.RemoveContainerAsync(id, new ContainerRemoveParameters { Force = true, RemoveVolumes = true }, cancellation);
        }
        catch (DockerApiException e) when (e.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Conflict)
        {
            // 409: removal of this container is already in progress.
        }
    }
}
