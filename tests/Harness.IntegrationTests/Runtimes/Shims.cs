using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.Versioning;
using System.Text.Json;
using Harness.Host.Processes;

namespace Harness.IntegrationTests.Runtimes;

/// <summary>Looks at the machine's processes all the while, as somebody beside the harness would: what the runtime of each container was told, and whose state lies in the runtime's folder.</summary>
[SupportedOSPlatform("linux")]
internal sealed class Shims : IDisposable
{
    private readonly Thread _thread;
    private volatile bool _isRunning = true;

    /// <summary>Begins to look.</summary>
    /// <param name="folder">The folder that the shims of this engine name.</param>
    internal Shims(string folder)
    {
        _thread = new Thread(() =>
        {
            while (_isRunning)
            {
                foreach (var (container, config, state) in Look(folder + "/"))
                {
                    // The state comes after the shim.
                    if (state is not null)
                        Seen[container] = (config, state);
                    else
                        Seen.TryAdd(container, (config, state));
                }

                Thread.Sleep(2);
            }
        });
        _thread.Start();
    }

    /// <summary>By the container's id.</summary>
    internal ConcurrentDictionary<string, (string Config, string? State)> Seen { get; } = new(StringComparer.Ordinal);

    public void Dispose()
    {
        if (!_isRunning)
            return;
        _isRunning = false;
        _thread.Join();
    }

    private static IEnumerable<(string Container, string Config, string? State)> Look(string folder)
    {
        foreach (var process in ProcessTable.All())
        {
            var arguments = ProcessTable.Arguments(process.Id);
            if (arguments is not [var program, ..] || Path.GetFileName(program) != "containerd-shim-runc-v2" || !arguments.Any(argument => argument.StartsWith(folder, StringComparison.Ordinal)))
                continue;
            if (Text(process.Id, "config.json") is not { } config || Text(process.Id, "options.json") is not { } options)
                continue;
            using var json = Parsed(options);
            if (json is null || !json.RootElement.TryGetProperty("root", out var root))
                continue;
            var container = After(arguments, "-id");
            yield return (container, config, File.Exists(Path.Combine(root.GetString()!, "moby", container, "state.json")) ? "runc" : null);
        }
    }

    // It may have ended.
    private static string? Text(int process, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cwd/{file}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // It may be written just now.
    private static JsonDocument? Parsed(string text)
    {
        try
        {
            return JsonDocument.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string After(ImmutableArray<string> arguments, string option) =>
        arguments.IndexOf(option) is >= 0 and var at && at + 1 < arguments.Length ? arguments[at + 1] : "";
}
