using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Configurations;
using Microsoft.Extensions.Logging.Abstractions;

namespace Harness.Engines.Connecting;

/// <summary>
/// The one place that touches Testcontainers' settings, which belong to the whole process: it reads the API version
/// from the environment when its types are first used, and 1.44, its own choice, is refused by engines of 20.10.
/// </summary>
internal static class TestcontainersEngine
{
    /// <summary>A builder of containers in this engine, labelled as the run's.</summary>
    /// <remarks>
    /// Its reaper is turned off: the image of it would have to be pulled, and labels and the guard do its work.
    /// </remarks>
    internal static ContainerBuilder Builder(EngineConnection connection, string image, string run)
    {
        Environment.SetEnvironmentVariable("DOCKER_API_VERSION", connection.ApiVersion);
        TestcontainersSettings.ResourceReaperEnabled = false;
        return new ContainerBuilder(image)
            // It writes its progress to the console, which is the harness's.
            .WithLogger(NullLogger.Instance)
            .WithDockerEndpoint(new DockerEndpointAuthenticationConfiguration(connection.Endpoint.Address, connection.Endpoint.Tls?.Credentials()))
            .WithLabel(EngineContainers.RunLabel, run)
            .WithLabel(EngineContainers.OwnerLabel, Owner.Current().Text);
    }
}
