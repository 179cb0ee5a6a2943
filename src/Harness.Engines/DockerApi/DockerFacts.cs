using Docker.DotNet;
using Docker.DotNet.Models;
using Harness.Core;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Engines.Contract;
using Harness.Engines.Endpoints;

namespace Harness.Engines.DockerApi;

/// <summary>Asks an engine what it is, by Docker's API and where it is Podman's by that one's own too.</summary>
internal static class DockerFacts
{
    private const string Rootless = "name=rootless";

    /// <summary>The facts that a run's environment records.</summary>
    internal static async Task<EngineFacts> ReadAsync(DockerClient client, EngineEndpoint endpoint, string apiVersion, bool isPodman, CancellationToken cancellation)
    {
        var version = await DockerCalls.Of(client.System.GetVersionAsync(cancellation), answer => answer);
        var info = await DockerCalls.Of(client.System.GetSystemInfoAsync(cancellation), answer => answer);
        var components = (version.Components ?? [])
            .Where(component => component.Name != "Engine")
            .ToImmutableSortedDictionary(component => component.Name, component => component.Version, StringComparer.Ordinal);
        var runtimes = (info.Runtimes?.Keys ?? []).Order(StringComparer.Ordinal).ToImmutableArray();
        var facts = new EngineFacts
        {
            Name = isPodman ? RuntimeNames.Podman : RuntimeNames.Docker,
            Version = version.Version,
            ApiVersion = apiVersion,
            FoundBy = endpoint.FoundBy,
            OperatingSystem = info.OperatingSystem,
            KernelVersion = info.KernelVersion,
            Told = new EngineTold(info.Name, version.Os, version.Platform?.Name, [.. info.Labels ?? []]),
            StorageDriver = info.Driver,
            ImageStore = ImageMeasure.Of(isPodman, info.DriverStatus),
            Cgroup = $"{info.CgroupDriver} v{info.CgroupVersion}",
            SecurityOptions = [.. info.SecurityOptions ?? []],
            Components = components,
            Runtimes = runtimes,
            RuntimePrograms = (info.Runtimes ?? new Dictionary<string, RuntimeWithStatus>()).Where(pair => !string.IsNullOrEmpty(pair.Value?.Path)).ToImmutableSortedDictionary(pair => pair.Key, pair => pair.Value.Path!, StringComparer.Ordinal),
            DefaultRuntime = info.DefaultRuntime is { Length: > 0 } name ? name : null,
            // Source: Docker's rootless mode; without control groups that are handed to the user, dockerd drops what it is asked for, with a warning.
            Unlimited = info.CgroupDriver == "none" ? "it has no control groups" : null,
        };
        return isPodman ? await PodmanAsync(facts, endpoint, cancellation) : facts;
    }

    /// <summary>The same of a Podman service. Its Docker API lists every runtime of its settings, whether or not it is there or can be asked for.</summary>
    private static async Task<EngineFacts> PodmanAsync(EngineFacts facts, EngineEndpoint endpoint, CancellationToken cancellation)
    {
        try
        {
            var info = await Libpod.InfoAsync(endpoint, cancellation);
            return facts with
            {
                Components = new[] { ("conmon", info.Conmon), (info.Runtime, info.Version) }
                    .Where(component => component.Item2.Length > 0)
                    .ToImmutableSortedDictionary(component => component.Item1, component => component.Item2, StringComparer.Ordinal),
                Runtimes = [info.Runtime],
                RuntimePrograms = ImmutableSortedDictionary<string, string>.Empty.Add(info.Runtime, info.Program),
                DefaultRuntime = info.Runtime,
                DefaultCapabilities = info.Capabilities.IsEmpty ? null : info.Capabilities,
                // Its Docker API tells that in a field of its own, Docker among the security options.
                SecurityOptions = info.IsRootless && !facts.SecurityOptions.Contains(Rootless) ? facts.SecurityOptions.Add(Rootless) : facts.SecurityOptions,
                Unlimited = info.Unlimited,
            };
        }
        catch (IOException e)
        {
            throw new HarnessException($"the Podman service at {endpoint.Shown} does not tell by which runtime it runs containers ({EngineErrors.OneLine(e)}): start it with 'podman system service', or name another engine with --engine URI", e);
        }
    }
}
