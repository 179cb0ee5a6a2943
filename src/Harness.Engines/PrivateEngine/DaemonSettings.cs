using System.Text.Json;
using System.Text.Json.Nodes;
using Harness.Core.Planning;
using Harness.Host.Paths;
using Harness.Host.Processes;

namespace Harness.Engines.PrivateEngine;

/// <summary>How the private daemon is set up: apart from the machine's own Docker in every respect.</summary>
internal static class DaemonSettings
{
    /// <summary>The text of daemon.json: every OCI runtime that is there, but the one that the engine brings.</summary>
    /// <param name="find">Where a program is; null where there is none.</param>
    internal static string Json(Func<string, string?> find)
    {
        var runtimes = new JsonObject();
        foreach (var runtime in KnownRuntimes.Oci.Where(runtime => !runtime.IsDefault))
        {
            if (runtime.Tool is not { } tool || find(tool.Program) is not { } path)
                continue;
            var entry = new JsonObject { ["path"] = path };
            if (!runtime.Arguments.IsEmpty)
                entry["runtimeArgs"] = new JsonArray([.. runtime.Arguments.Select(argument => JsonValue.Create(argument))]);
            runtimes[runtime.Name] = entry;
        }

        return new JsonObject { ["runtimes"] = runtimes }.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n";
    }

    /// <summary>The text of daemon.json for this machine.</summary>
    internal static string Json() => Json(Machine.FindProgram);

    /// <summary>
    /// The text of containerd's settings. The daemon would otherwise use the machine's containerd where one runs,
    /// and would share its containers' namespace with the machine's own Docker.
    /// </summary>
    internal static string Containerd(EnginePaths paths) => $"""
        version = 2
        root = "{paths.Data}/containerd"
        state = "{paths.Exec}/containerd/daemon"
        disabled_plugins = ["io.containerd.grpc.v1.cri"]

        [grpc]
          address = "{paths.ContainerdSocket}"

        """;

    /// <summary>
    /// The daemon's arguments. It touches neither docker0 nor the firewall nor forwarding, all of which are the machine's own.
    /// </summary>
    /// <param name="paths">Its files.</param>
    /// <param name="bridge">The bridge that was made for it, or null.</param>
    internal static ImmutableArray<string> Arguments(EnginePaths paths, string? bridge) =>
    [
        "--config-file", paths.Settings,
        "--data-root", paths.Data,
        "--exec-root", paths.Exec,
        "--pidfile", paths.PidFile,
        "--containerd", paths.ContainerdSocket,
        "-H", "unix://" + paths.Socket,
        "--shutdown-timeout", "3",
        $"--bridge={bridge ?? "none"}", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false", "--userland-proxy=false",
    ];
}
