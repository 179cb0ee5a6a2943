using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text.Json;
using System.Text.RegularExpressions;
using Harness.Core.Protocol;
using Harness.Runtimes.PrivateEngine;
using Harness.Runtimes.Processes;

namespace Harness.Runtimes.Treatments;

/// <summary>What this machine shows of a container while it runs: whose shim it has, and what that keeps. Not the engine's word.</summary>
/// <param name="Program">The OCI runtime's program, as the shim runs it; empty: the shim is one itself.</param>
/// <param name="Shim">What the shim is called: <c>runc</c> for one that runs any program.</param>
/// <param name="State">Whose state lies in the runtime's folder: <c>runc</c>, <c>crun</c>, <c>runsc</c>, or null.</param>
/// <param name="Image">Whether the layers at its root are the image's; null where that cannot be told.</param>
internal sealed partial record ContainerLook(string Program, string Shim, string? State, Word? Image)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    /// <summary>The name of the runtime that ran, from its program's.</summary>
    internal string Runtime => Shim != "runc" ? Shim : Path.GetFileName(Program);

    /// <summary>Who says so.</summary>
    internal string Witness => State is null ? "the shim's command line" : "the shim's command line and the runtime's state folder";

    /// <summary>
    /// Waits until there is a shim whose container is the one with a channel's key, and looks at it. Null: it ended before, or nothing of it is to be
    /// seen here.
    /// </summary>
    [SupportedOSPlatform("linux")]
    internal static async Task<ContainerLook?> TakeAsync(ChannelKey key, string image, CancellationToken ended)
    {
        var began = Stopwatch.GetTimestamp();
        try
        {
            while (Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(30))
            {
                foreach (var process in ProcessTable.All())
                {
                    if (ProcessTable.Arguments(process.Id) is [var program, ..] arguments && ShimName().Match(program) is { Success: true } match
                        && IsTrusted(process.Id)
                        // Through /proc: the engine may have mounts of its own.
                        && $"/proc/{process.Id}/cwd" is var bundle && Text(Path.Combine(bundle, "config.json")) is { } config && config.Contains(key.ToHex(), StringComparison.Ordinal)
                        // Written when the container's first process is there; the state by then too.
                        && File.Exists(Path.Combine(bundle, "init.pid")))
                    {
                        return Read(process.Id, bundle, config, match.Groups[1].Value, arguments, image);
                    }
                }

                await Task.Delay(Pause, ended);
            }
        }
        catch (OperationCanceledException)
        {
            // It has ended.
        }

        return null;
    }

    // A program in a container, or of another user, can call itself a shim and stand in a folder of its making: what lies there would be read
    // with the harness's rights, without an end if it likes. A container has a PID namespace of its own; an engine's shim has none.
    [SupportedOSPlatform("linux")]
    internal static bool IsTrusted(int process) =>
        Link($"/proc/{process}/ns/pid") is { } space && space == Link("/proc/self/ns/pid") && OwnedPath.IsOwnOrRoots($"/proc/{process}");

    private static ContainerLook Read(int shim, string bundle, string config, string name, ImmutableArray<string> arguments, string image)
    {
        var program = (Text(Path.Combine(bundle, "runtime")) ?? "").Trim();
        var root = "";
        if (Text(Path.Combine(bundle, "options.json")) is { } text)
        {
            using var options = Parse(text);
            program = String(options, "binary_name") is { Length: > 0 } binary ? binary : program;
            root = String(options, "root") ?? "";
        }

        var files = $"/proc/{shim}/root";
        var state = $"{files}{(root.Length > 0 ? root : "/run/containerd/runc")}/{Value(arguments, "-namespace")}";
        return new ContainerLook(program.Length > 0 ? program : "runc", name, StateOf(state, Value(arguments, "-id") ?? ""), OverlayImage.Judge(Mount(shim, config), files, image));
    }

    private static string? StateOf(string folder, string id) =>
        File.Exists(Path.Combine(folder, id, "state.json")) ? "runc"
        : File.Exists(Path.Combine(folder, id, "status")) ? "crun"
        : File.Exists(Path.Combine(folder, $"{id}_sandbox:{id}.state")) ? "runsc"
        : null;

    // Where the shim sees the container's root mounted.
    private static string? Mount(int shim, string config)
    {
        using var json = Parse(config);
        if (Member(json?.RootElement, "root") is not { } root || Member(root, "path") is not { ValueKind: JsonValueKind.String } path || path.GetString() is not { Length: > 0 } place)
            return null;
        // Relative to the bundle, as containerd itself has it: by its end.
        return (Text($"/proc/{shim}/mountinfo") ?? "").Split('\n').LastOrDefault(line => line.Split(' ') is { Length: > 5 } fields
            && (place[0] == '/' ? fields[4] == place : fields[4].EndsWith($"/{Path.GetFileName(Link($"/proc/{shim}/cwd"))}/{place}", StringComparison.Ordinal)));
    }

    private static string? Link(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? Text(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static JsonDocument? Parse(string text)
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

    private static string? String(JsonDocument? json, string name) => Member(json?.RootElement, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    private static JsonElement? Member(JsonElement? json, string name) => json is { ValueKind: JsonValueKind.Object } known && known.TryGetProperty(name, out var value) ? value : null;

    private static string? Value(ImmutableArray<string> arguments, string name) => arguments.IndexOf(name) is >= 0 and var at && at + 1 < arguments.Length ? arguments[at + 1] : null;

    [GeneratedRegex(@"(?:^|/)containerd-shim-([a-z0-9-]+?)-v\d+$")]
    private static partial Regex ShimName();
}
