using Docker.DotNet;
using Harness.Core;
using Harness.Core.Planning;

namespace Harness.Engines.Connecting;

/// <summary>A client of an engine that has answered, speaking the engine's own API version.</summary>
public sealed class EngineConnection : IDisposable
{
    internal EngineConnection(EngineEndpoint endpoint, DockerClient client, string apiVersion, bool isPodman) =>
        (Endpoint, Client, ApiVersion, IsPodman) = (endpoint, client, apiVersion, isPodman);

    /// <summary>Where it is.</summary>
    public EngineEndpoint Endpoint { get; }

    /// <summary>The API version in use.</summary>
    public string ApiVersion { get; }

    /// <summary>Whether Podman answers, by its Docker API.</summary>
    public bool IsPodman { get; }

    /// <summary>The client. Its calls have no time limit of their own: whoever calls brings a token.</summary>
    internal DockerClient Client { get; }

    /// <summary>Connects, asks the engine's version and speaks exactly that: a newer one is refused, an older one may be too.</summary>
    /// <exception cref="HarnessException">It does not answer within <paramref name="patience"/>.</exception>
    public static async Task<EngineConnection> OpenAsync(EngineEndpoint endpoint, TimeSpan patience, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(patience);
        try
        {
            using var unversioned = Builder(endpoint).Build();
            var version = await unversioned.System.GetVersionAsync(limit.Token);
            var client = Builder(endpoint).WithApiVersion(System.Version.Parse(version.APIVersion)).Build();
            var isPodman = version.Components?.Any(component => component.Name.Contains(RuntimeNames.Podman, StringComparison.OrdinalIgnoreCase)) == true;
            return new EngineConnection(endpoint, client, version.APIVersion, isPodman);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw Silent(endpoint, $"no answer in {patience.TotalSeconds:0} s", e);
        }
        catch (Exception e) when (e is not (OperationCanceledException or HarnessException))
        {
            throw Silent(endpoint, EngineErrors.OneLine(e), e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Client.Dispose();

    private static DockerClientBuilder Builder(EngineEndpoint endpoint)
    {
        var builder = new DockerClientBuilder().WithEndpoint(endpoint.Address).WithTimeout(Timeout.InfiniteTimeSpan);
        return endpoint.Tls is { } tls ? builder.WithAuthProvider(tls.Credentials()) : builder;
    }

    private static HarnessException Silent(EngineEndpoint endpoint, string why, Exception inner) =>
        OperatingSystem.IsLinux() && endpoint.Address.Scheme == "unix" && SocketAccess.Denied(endpoint.Address.AbsolutePath) is { } denied
            ? new HarnessException($"{denied} ({endpoint.FoundBy})", inner)
            : new HarnessException($"the engine at {endpoint.Shown} (from {endpoint.FoundBy}) does not answer ({why}): start it, or name another with --engine URI", inner);
}
