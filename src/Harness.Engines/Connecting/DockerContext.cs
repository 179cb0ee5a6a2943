using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Harness.Core;
using Harness.Engines.Endpoints;

namespace Harness.Engines.Connecting;

/// <summary>Docker's contexts, read from the files in which its command line keeps them.</summary>
internal static class DockerContext
{
    /// <summary>The context that stands for the default socket.</summary>
    private const string Default = "default";

    /// <summary>
    /// The address of the context in use: that of DOCKER_CONTEXT, else <c>currentContext</c> of config.json.
    /// Null where that is the default one.
    /// </summary>
    /// <param name="folder">Docker's settings, usually <c>~/.docker</c>.</param>
    /// <param name="named">DOCKER_CONTEXT, or null.</param>
    /// <exception cref="HarnessException">A context is chosen but cannot be read.</exception>
    internal static string? CurrentAddress(string folder, string? named)
    {
        return Name(folder, named) is { } name ? Read(folder, name, docker => docker.GetProperty("Host").GetString()) : null;
    }

    private static T Read<T>(string folder, string name, Func<JsonElement, T> read)
    {
        var file = Path.Combine(folder, "contexts", "meta", Id(name), "meta.json");
        try
        {
            using var meta = JsonDocument.Parse(File.ReadAllText(file));
            return read(meta.RootElement.GetProperty("Endpoints").GetProperty("docker"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new HarnessException($"Docker context '{name}' cannot be read: choose another with 'docker context use' or give --engine URI", e);
        }
    }

    /// <summary>The certificates that the context in use keeps for its engine; null where it has none.</summary>
    /// <exception cref="HarnessException">It asks for TLS that does not check whose engine it is.</exception>
    internal static EngineTls? CurrentTls(string folder, string? named)
    {
        if (Name(folder, named) is not { } name)
            return null;
        if (Read(folder, name, docker => docker.TryGetProperty("SkipTLSVerify", out var skip) && skip.ValueKind == JsonValueKind.True))
            throw new HarnessException($"Docker context '{name}' asks for TLS that does not check whose engine it is (skip-tls-verify): give it the certificate of the engine's authority with 'docker context update {name} --docker host=…,ca=…,cert=…,key=…'");
        var own = Path.Combine(folder, "contexts", "tls", Id(name), "docker");
        return Directory.Exists(own) && Directory.EnumerateFiles(own, "*.pem").Any() ? new EngineTls(own) : null;
    }

    /// <summary>The name of the context in use; null where that is the default one.</summary>
    internal static string? Name(string folder, string? named) =>
        (string.IsNullOrEmpty(named) ? CurrentName(Path.Combine(folder, "config.json")) : named) is { } name and not Default ? name : null;

    /// <summary>The engines of all contexts but the one in use. One that cannot be read, or has no usable address, is left out.</summary>
    internal static IEnumerable<EngineEndpoint> Others(string folder, string? named)
    {
        var metas = Path.Combine(folder, "contexts", "meta");
        var names = Directory.Exists(metas) ? Directory.EnumerateDirectories(metas).Select(NameIn).OfType<string>().Order(StringComparer.Ordinal).ToList() : [];
        foreach (var name in names.Where(name => name != Name(folder, named)))
        {
            EngineEndpoint? endpoint = null;
            try
            {
                if (CurrentAddress(folder, name) is { } address)
                    endpoint = EngineEndpoint.Parse(address, EngineEndpoint.ByContext) with { Tls = CurrentTls(folder, name), Context = name };
            }
            catch (HarnessException)
            {
                // Nobody uses it.
            }

            if (endpoint is not null)
                yield return endpoint;
        }
    }

    private static string? NameIn(string folder)
    {
        try
        {
            using var meta = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "meta.json")));
            return meta.RootElement.GetProperty("Name").GetString();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string Id(string name) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)));

    private static string? CurrentName(string config)
    {
        try
        {
            using var settings = JsonDocument.Parse(File.ReadAllText(config));
            return settings.RootElement.TryGetProperty("currentContext", out var current) ? current.GetString() : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            // Without readable settings Docker's own command line uses the default socket too.
            return null;
        }
    }
}
