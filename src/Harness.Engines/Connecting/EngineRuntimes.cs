using Harness.Core.Model;
using Harness.Core.Planning;

namespace Harness.Engines.Connecting;

/// <summary>How an engine is asked for an OCI runtime: always by name, since its default can be any.</summary>
internal static class EngineRuntimes
{
    /// <summary>The OCI runtimes that cells may name.</summary>
    internal static readonly ImmutableArray<string> All = [.. KnownRuntimes.Oci.Select(runtime => runtime.Name)];

    /// <summary>The name by which every Docker engine has runc, and its default unless its administrator chose another.</summary>
    internal const string Runc = "runc";

    // As containerd names it. Engines list it beside or in place of the short one.
    private const string RuncShim = "io.containerd.runc.v2";

    /// <summary>What to ask for; null where the engine has no such runtime.</summary>
    internal static string? Name(EngineFacts engine, string runtime) =>
        engine.Runtimes.Contains(runtime) ? runtime
        : runtime == Runc && engine.Runtimes.Contains(RuncShim) ? RuncShim
        : null;

    /// <summary>Why a runtime's cells cannot be run by an engine, in one line with the remedy; null where they can.</summary>
    internal static string? Missing(EngineFacts engine, string runtime) =>
        Name(engine, runtime) is not null ? null
        : KnownEngines.Find(engine.Name) is { OtherRuntime: { } other } known
            ? $"{known.Title} {engine.Version} runs every container under {engine.DefaultRuntime}, whatever its API is asked for: {other.Replace("{runtime}", runtime, StringComparison.Ordinal)}"
            : $"the engine has no runtime '{runtime}' (it has {string.Join(", ", engine.Runtimes)}): install it (--provision does for the private daemon), or register it in the engine's settings (Docker's daemon.json)";
}
