using Docker.DotNet.Models;
using Harness.Engines.Connecting;

namespace Harness.Sandboxes.Treatments;

/// <summary>What an engine says that it has made, in Docker's words.</summary>
internal static class ContainerInspect
{
    /// <summary>Asks. Podman is asked twice: its Docker API does not tell the runtime.</summary>
    /// <exception cref="IOException">Podman does not tell the runtime.</exception>
    internal static async Task<ContainerInspectResponse> AskAsync(EngineConnection connection, string name, CancellationToken cancellation)
    {
        var told = await connection.Client.Containers.InspectContainerAsync(name, cancellation);
        return connection.IsPodman ? OfPodman(told, await Libpod.RuntimeAsync(connection.Endpoint, name, cancellation)) : told;
    }

    /// <summary>Podman's answer in the words of Docker's: it names defaults that Docker leaves out, and calls every runtime <c>oci</c>.</summary>
    internal static ContainerInspectResponse OfPodman(ContainerInspectResponse told, string runtime)
    {
        if (told.HostConfig is not { } host)
            return told;
        host.Runtime = Libpod.Name(runtime);
        host.PidMode = host.PidMode == Private ? "" : host.PidMode;
        host.UTSMode = host.UTSMode == Private ? "" : host.UTSMode;
        foreach (var limit in host.Ulimits ?? [])
            limit.Name = limit.Name is { } text && text.StartsWith("RLIMIT_", StringComparison.Ordinal) ? text[7..].ToLowerInvariant() : limit.Name;
        return told;
    }

    private const string Private = "private";
}
