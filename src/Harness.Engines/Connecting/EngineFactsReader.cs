using Harness.Core;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Host.Processes;

namespace Harness.Engines.Connecting;

/// <summary>Asks an engine what it is.</summary>
internal static class EngineFactsReader
{
    /// <summary>The facts that a run's environment records.</summary>
    internal static async Task<EngineFacts> ReadAsync(EngineConnection connection, CancellationToken cancellation)
    {
        var version = await connection.Client.System.GetVersionAsync(cancellation);
        var info = await connection.Client.System.GetSystemInfoAsync(cancellation);
        var components = (version.Components ?? [])
            .Where(component => component.Name != "Engine")
            .ToImmutableSortedDictionary(component => component.Name, component => component.Version, StringComparer.Ordinal);
        var runtimes = (info.Runtimes?.Keys ?? []).Order(StringComparer.Ordinal).ToImmutableArray();
        var facts = new EngineFacts
        {
            Name = connection.IsPodman ? RuntimeNames.Podman : RuntimeNames.Docker,
            Version = version.Version,
            ApiVersion = connection.ApiVersion,
            FoundBy = connection.Endpoint.FoundBy,
            OperatingSystem = info.OperatingSystem,
            KernelVersion = info.KernelVersion,
            Told = new EngineTold(info.Name, version.Os, version.Platform?.Name, [.. info.Labels ?? []]),
            StorageDriver = info.Driver,
            ImageStore = ImageMeasure.Of(connection.IsPodman, info.DriverStatus),
            Cgroup = $"{info.CgroupDriver} v{info.CgroupVersion}",
            SecurityOptions = [.. info.SecurityOptions ?? []],
            Components = components,
            Runtimes = runtimes,
            RuntimePrograms = (info.Runtimes ?? new Dictionary<string, Docker.DotNet.Models.RuntimeWithStatus>()).Where(pair => !string.IsNullOrEmpty(pair.Value?.Path)).ToImmutableSortedDictionary(pair => pair.Key, pair => pair.Value.Path!, StringComparer.Ordinal),
            DefaultRuntime = info.DefaultRuntime is { Length: > 0 } name ? name : null,
        };
        return connection.IsPodman ? await PodmanAsync(facts, connection.Endpoint, cancellation) : facts;
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
            };
        }
        catch (IOException e)
        {
            throw new HarnessException($"the Podman service at {endpoint.Shown} does not tell by which runtime it runs containers ({EngineErrors.OneLine(e)}): start it with 'podman system service', or name another engine with --engine URI", e);
        }
    }

    /// <summary>
    /// Versions of OCI runtimes that the engine does not tell, asked of the programs: of this host's, so only where the engine's containers run here.
    /// </summary>
    internal static async Task<ImmutableSortedDictionary<string, string>> ProgramsAsync(EngineFacts facts, CancellationToken cancellation)
    {
        var result = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var runtime in facts.Runtimes.Where(runtime => !facts.Components.ContainsKey(runtime)))
        {
            if (await ProgramVersionAsync(runtime, cancellation) is { } found)
                result[runtime] = found;
        }

        return result.ToImmutable();
    }

    private static async Task<string?> ProgramVersionAsync(string program, CancellationToken cancellation)
    {
        if (Machine.FindProgram(program) is not { } path)
            return null;
        var result = await new Command(path, ["--version"]).RunAsync(cancellation);
        // "runsc version 0.0~20221219.0", "crun version 1.8.1": the last word of the first line.
        return result.ExitCode == 0 ? result.Output.Split('\n')[0].Split(' ')[^1] : null;
    }
}
