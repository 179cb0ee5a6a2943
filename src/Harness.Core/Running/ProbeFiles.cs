using System.Collections.Concurrent;
using Harness.Core.Definitions;

namespace Harness.Core.Running;

/// <summary>What probes bring into a sandbox: the scripts and programs of an experiments folder (or a run's copy of it), each read once.</summary>
/// <param name="root">The folder that scripts' paths are relative to.</param>
public sealed class ProbeFiles(string root)
{
    private readonly ConcurrentDictionary<string, ImmutableArray<byte>> _scripts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ImmutableArray<byte>?> _programs = new(StringComparer.Ordinal);

    /// <summary>The script's bytes.</summary>
    /// <exception cref="HarnessException">There is no such file.</exception>
    public ImmutableArray<byte> Script(string path) => _scripts.GetOrAdd(path, relative =>
    {
        var full = Path.Combine(root, relative);
        return File.Exists(full) ? [.. File.ReadAllBytes(full)] : throw new HarnessException($"{full}: no such script, though an experiment names it");
    });

    /// <summary>The build of one of the harness's own programs for an architecture as uname has it; null where there is none.</summary>
    public ImmutableArray<byte>? Program(string name, string architecture) => _programs.GetOrAdd(PathOf(name, architecture), relative =>
    {
        var full = Path.Combine(root, relative);
        return File.Exists(full) ? [.. File.ReadAllBytes(full)] : null;
    });

    /// <summary>Why a probe cannot be run on an architecture, or null.</summary>
    public string? Missing(ProbeDefinition probe, string architecture)
    {
        var wanted = ArchitectureOf(probe, architecture);
        return probe.OwnPrograms.FirstOrDefault(name => Program(name, wanted) is null) is { } missing
            ? $"the program '{missing}' is not built for {(wanted.Length > 0 ? wanted : "this runtime's architecture")}: {PathOf(missing, wanted)} is missing"
            : null;
    }

    /// <summary>Of which architecture a probe's programs are in a sandbox: its own, or for a foreign one the other of the two there are builds for.</summary>
    internal static string ArchitectureOf(ProbeDefinition probe, string architecture) =>
        !probe.Foreign ? architecture : architecture == "aarch64" ? "x86_64" : "aarch64";

    /// <summary>Where a program's build is below the root.</summary>
    internal static string PathOf(string name, string architecture) => Path.Combine("probes", "bin", $"{name}-{architecture}");
}
