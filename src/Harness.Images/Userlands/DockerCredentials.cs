using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Harness.Engines.Contract;
using Harness.Host.Processes;

namespace Harness.Images.Userlands;

/// <summary>Asks a credential helper: its name and the server's; answers what it wrote to standard output, or throws.</summary>
internal delegate Task<string> CredentialHelper(string helper, string server, CancellationToken cancellation);

/// <summary>
/// The user's logins, as <c>docker login</c> stores them: <c>credHelpers</c>, <c>credsStore</c> and <c>auths</c> of
/// config.json, in this order, as Docker's own command line has it. Passed to the engine, never written anywhere.
/// </summary>
/// <param name="folder">Docker's settings, usually <c>~/.docker</c>.</param>
/// <param name="helper">Asks a helper.</param>
/// <param name="messages">Told of logins that cannot be read.</param>
internal sealed class DockerCredentials(string folder, CredentialHelper helper, IProgress<string> messages)
{
    /// <summary>The name under which logins to the default registry are kept.</summary>
    private const string DefaultServer = "https://index.docker.io/v1/";

    private static readonly TimeSpan HelperPatience = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, RegistryLogin> _known = new(StringComparer.Ordinal);

    /// <summary>The login for a registry; empty where there is none.</summary>
    /// <param name="host">As <see cref="ImageReference.Host"/> has it.</param>
    /// <param name="cancellation">Ends the asking.</param>
    internal async Task<RegistryLogin> FindAsync(string host, CancellationToken cancellation)
    {
        if (_known.TryGetValue(host, out var known))
            return known;
        return _known[host] = await ReadAsync(host, cancellation) ?? RegistryLogin.None;
    }

    /// <summary>Runs <c>docker-credential-NAME get</c>.</summary>
    internal static async Task<string> AskAsync(string helper, string server, CancellationToken cancellation)
    {
        var program = "docker-credential-" + helper;
        var result = await new Command(Machine.FindProgram(program) ?? program, ["get"]) { Input = server }.RunAsync(cancellation);
        return result.ExitCode == 0 ? result.Output : throw new IOException(result.LastLine);
    }

    private async Task<RegistryLogin?> ReadAsync(string host, CancellationToken cancellation)
    {
        var file = Path.Combine(folder, "config.json");
        if (!File.Exists(file))
            return null;
        try
        {
            using var settings = JsonDocument.Parse(await File.ReadAllTextAsync(file, cancellation));
            var server = host == ImageReference.DefaultRegistry ? DefaultServer : host;
            return HelperFor(settings.RootElement, host, server) is { } named && await AskAsync(named, server, host, cancellation) is { } asked
                ? asked
                : Stored(settings.RootElement, host);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or FormatException or InvalidOperationException)
        {
            messages.Report($"logins in {file} cannot be read ({e.Message.ReplaceLineEndings(" ")}): pulling from {host} without one");
            return null;
        }
    }

    private static string? HelperFor(JsonElement settings, string host, string server)
    {
        if (settings.TryGetProperty("credHelpers", out var helpers))
        {
            foreach (var name in new[] { host, server })
            {
                if (helpers.TryGetProperty(name, out var own))
                    return own.GetString();
            }
        }

        return settings.TryGetProperty("credsStore", out var store) && store.GetString() is { Length: > 0 } all ? all : null;
    }

    private async Task<RegistryLogin?> AskAsync(string named, string server, string host, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(HelperPatience);
        try
        {
            using var answer = JsonDocument.Parse(await helper(named, server, limit.Token));
            var user = Text(answer.RootElement, "Username");
            var secret = Text(answer.RootElement, "Secret");
            // The convention of Docker's helpers for a token that stands for a login.
            return user == "<token>"
                ? new RegistryLogin { IdentityToken = secret, ServerAddress = server }
                : new RegistryLogin { Username = user, Password = secret, ServerAddress = server };
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            // A store that knows nothing of this registry is the usual case, and no lack.
            if (!e.Message.Contains("not found", StringComparison.OrdinalIgnoreCase))
                messages.Report($"docker-credential-{named} does not answer for {host} ({e.Message.ReplaceLineEndings(" ")}): pulling without a login");
            return null;
        }
    }

    private static RegistryLogin? Stored(JsonElement settings, string host)
    {
        if (!settings.TryGetProperty("auths", out var auths))
            return null;
        foreach (var entry in auths.EnumerateObject().Where(entry => HostOf(entry.Name) == host))
        {
            if (Text(entry.Value, "identitytoken") is { Length: > 0 } token)
                return new RegistryLogin { IdentityToken = token, ServerAddress = entry.Name };
            if (Text(entry.Value, "auth") is { Length: > 0 } auth
                && Encoding.UTF8.GetString(Convert.FromBase64String(auth)).TrimEnd('\0').Split(':', 2) is [var user, var password])
            {
                return new RegistryLogin { Username = user, Password = password, ServerAddress = entry.Name };
            }

            if (Text(entry.Value, "username") is { Length: > 0 } name)
                return new RegistryLogin { Username = name, Password = Text(entry.Value, "password"), ServerAddress = entry.Name };
        }

        return null;
    }

    /// <summary>Keys of <c>auths</c> are hosts, or addresses as older versions wrote them: <c>https://index.docker.io/v1/</c>.</summary>
    private static string HostOf(string key)
    {
        var start = key.IndexOf("://", StringComparison.Ordinal);
        var host = (start < 0 ? key : key[(start + 3)..]).Split('/')[0];
        return host is "index.docker.io" ? ImageReference.DefaultRegistry : host;
    }

    private static string Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";
}
