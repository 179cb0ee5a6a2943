using Harness.Core.Model;
using Harness.Host.Processes;

namespace Harness.Engines.Connecting;

/// <summary>What this host's own programs say of an engine's runtimes.</summary>
internal static class RuntimeVersions
{
    /// <summary>
    /// Versions of OCI runtimes that the engine does not tell, asked of the programs: of this host's, so only where the engine's containers run here.
    /// </summary>
    internal static async Task<ImmutableSortedDictionary<string, string>> ReadAsync(EngineFacts facts, CancellationToken cancellation)
    {
        var result = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var runtime in facts.Runtimes.Where(runtime => !facts.Components.ContainsKey(runtime)))
        {
            if (await OfProgramAsync(runtime, cancellation) is { } found)
                result[runtime] = found;
        }

        return result.ToImmutable();
    }

    private static async Task<string?> OfProgramAsync(string program, CancellationToken cancellation)
    {
        if (Machine.FindProgram(program) is not { } path)
            return null;
        var result = await new Command(path, ["--version"]).RunAsync(cancellation);
        // "runsc version 0.0~20221219.0", "crun version 1.8.1": the last word of the first line.
        return result.ExitCode == 0 ? result.Output.Split('\n')[0].Split(' ')[^1] : null;
    }
}
