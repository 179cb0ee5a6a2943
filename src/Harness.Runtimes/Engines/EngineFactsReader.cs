using Harness.Core.Model;
using Harness.Runtimes.Processes;

namespace Harness.Runtimes.Engines;

/// <summary>Asks an engine what it is.</summary>
internal static class EngineFactsReader
{
    /// <summary>The facts that a run's environment records. Versions of other OCI runtimes are asked of the programs, where the engine is local.</summary>
    internal static async Task<EngineFacts> ReadAsync(EngineConnection connection, CancellationToken cancellation)
    {
        var version = await connection.Client.System.GetVersionAsync(cancellation);
        var info = await connection.Client.System.GetSystemInfoAsync(cancellation);
        var components = (version.Components ?? [])
            .Where(component => component.Name != "Engine")
            .ToImmutableSortedDictionary(component => component.Name, component => component.Version, StringComparer.Ordinal);
        var runtimes = (info.Runtimes?.Keys ?? []).Order(StringComparer.Ordinal).ToImmutableArray();
        foreach (var runtime in runtimes.Where(_ => connection.Endpoint.IsLocal))
        {
            if (!components.ContainsKey(runtime) && await ProgramVersionAsync(runtime, cancellation) is { } found)
                components = components.Add(runtime, found);
        }

        return new EngineFacts
        {
            Name = "docker",
            Version = version.Version,
            ApiVersion = connection.ApiVersion,
            FoundBy = connection.Endpoint.FoundBy,
            OperatingSystem = info.OperatingSystem,
            KernelVersion = info.KernelVersion,
            StorageDriver = info.Driver,
            Cgroup = $"{info.CgroupDriver} v{info.CgroupVersion}",
            SecurityOptions = [.. info.SecurityOptions ?? []],
            Components = components,
            Runtimes = runtimes,
        };
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
