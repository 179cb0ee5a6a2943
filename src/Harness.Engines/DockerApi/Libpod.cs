using System.Globalization;
using System.Text.Json;
using Harness.Engines.Contract;
using Harness.Engines.Endpoints;

namespace Harness.Engines.DockerApi;

/// <summary>What a Podman service says of itself by its own API.</summary>
/// <param name="Runtime">The OCI runtime that all of its containers get: a name of its settings, or the last part of a path.</param>
/// <param name="Program">That runtime's program.</param>
/// <param name="Version">What the program says of its version.</param>
/// <param name="Conmon">The version of what stands by each container.</param>
/// <param name="Capabilities">What a container gets where none is asked for, as <c>CAP_CHOWN</c>.</param>
internal sealed record LibpodInfo(string Runtime, string Program, string Version, string Conmon, ImmutableArray<string> Capabilities)
{
    /// <summary>Whether its containers are in a user namespace of an ordinary user's.</summary>
    internal bool IsRootless { get; init; }

    /// <summary>Why it keeps no limit of memory and processes; null: it keeps them.</summary>
    internal string? Unlimited { get; init; }
}

/// <summary>
/// Podman's own API beside its Docker API, for what that one does not tell: by which runtime containers run. Neither lets a caller choose another
/// one: the Docker API drops <c>HostConfig.Runtime</c>, and this one drops <c>oci_runtime</c> (tried with 4.3.1; its maintainers fixed the second in 2026).
/// </summary>
internal static class Libpod
{
    // Every service since Podman 3 speaks it.
    private const string Root = "/v4.0.0/libpod";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>What the service is.</summary>
    /// <exception cref="IOException">It does not tell.</exception>
    internal static async Task<LibpodInfo> InfoAsync(EngineEndpoint endpoint, CancellationToken cancellation) =>
        ParseInfo(await EngineWire.GetAsync(endpoint, $"{Root}/info", Patience, cancellation));

    /// <summary>The runtime that a container was made for.</summary>
    /// <exception cref="IOException">The service does not tell.</exception>
    internal static async Task<string> RuntimeAsync(EngineEndpoint endpoint, string container, CancellationToken cancellation) =>
        Read(await EngineWire.GetAsync(endpoint, $"{Root}/containers/{Uri.EscapeDataString(container)}/json", Patience, cancellation), root => Text(root, "OCIRuntime"));

    /// <summary>Reads the answer to <c>GET /libpod/info</c>.</summary>
    /// <exception cref="IOException">It is none, or has no runtime.</exception>
    internal static LibpodInfo ParseInfo(string answer) => Read(answer, root =>
    {
        var host = root.GetProperty("host");
        var runtime = host.GetProperty("ociRuntime");
        var capabilities = host.TryGetProperty("security", out var security) && security.TryGetProperty("capabilities", out var list) ? list.GetString() ?? "" : "";
        return new LibpodInfo(
            Name(Text(runtime, "name")),
            runtime.TryGetProperty("path", out var path) ? path.GetString() ?? "" : "",
            Word(runtime.TryGetProperty("version", out var version) ? version.GetString() : null),
            host.TryGetProperty("conmon", out var conmon) && conmon.TryGetProperty("version", out var told) ? Word(told.GetString()) : "",
            [.. capabilities.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)])
        {
            IsRootless = IsTrue(security, "rootless"),
            Unlimited = IsTrue(security, "rootless") ? WithoutRoot(host) : null,
        };
    });

    // Podman says on its log that it ignores limits under v1. Under v2 it can set those of the controllers that the user was given.
    private static string? WithoutRoot(JsonElement host)
    {
        if (host.TryGetProperty("cgroupVersion", out var version) && version.GetString() == "v1")
            return "it runs without root under cgroup v1";
        if (!host.TryGetProperty("cgroupControllers", out var controllers) || controllers.ValueKind != JsonValueKind.Array)
            return null;
        var given = controllers.EnumerateArray().Select(controller => controller.GetString()).ToHashSet(StringComparer.Ordinal);
        return given.Contains("memory") && given.Contains("pids") ? null : "it runs without root, and its user was not given the cgroup controllers 'memory' and 'pids'";
    }

    private static bool IsTrue(JsonElement element, string name) => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    /// <summary>A runtime can be set as a path: then the program's name is its name.</summary>
    internal static string Name(string runtime) => runtime.StartsWith('/') ? Path.GetFileName(runtime) : runtime;

    // "runc version 1.1.5+ds1\ncommit: …", "conmon version 2.1.6, commit: unknown".
    private static string Word(string? text) =>
        (text ?? "").Split('\n')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } words
            ? words[Math.Min(2, words.Length - 1)].TrimEnd(',')
            : "";

    private static string Text(JsonElement element, string name) =>
        element.GetProperty(name).GetString() is { Length: > 0 } text ? text : throw new KeyNotFoundException(name);

    private static T Read<T>(string answer, Func<JsonElement, T> read)
    {
        try
        {
            using var document = JsonDocument.Parse(answer);
            return read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new IOException(string.Create(CultureInfo.InvariantCulture, $"Podman's own API does not tell by which runtime containers run: {EngineErrors.OneLine(e)}"), e);
        }
    }
}
