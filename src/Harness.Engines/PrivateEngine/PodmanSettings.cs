using Harness.Core.Planning;
using Harness.Host.Paths;

namespace Harness.Engines.PrivateEngine;

/// <summary>How the private Podman is set up: apart from the machine's own in every respect.</summary>
internal static class PodmanSettings
{
    /// <summary>
    /// The text of containers.conf for the service of a runtime. Limits that can be set without CAP_SYS_RESOURCE, control groups without systemd, no
    /// journal, and locks in its own folder. Everything else is Podman's default, its seccomp profile and capabilities among it.
    /// </summary>
    /// <param name="runtime">Its name.</param>
    /// <param name="program">Its path.</param>
    internal static string Containers(string runtime, string program) => $"""
        [containers]
        default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
        [engine]
        cgroup_manager = "cgroupfs"
        events_logger = "file"
        lock_type = "file"
        runtime = "{runtime}"
        [engine.runtimes]
        {runtime} = ["{program}"]

        """;

    /// <summary>The text of storage.conf, which would else be the machine's.</summary>
    internal static string Storage(PodmanPaths paths) => $"""
        [storage]
        driver = "overlay"
        graphroot = "{paths.Store}"
        runroot = "{paths.Run}"

        """;

    /// <summary>The arguments of the service of a runtime.</summary>
    internal static ImmutableArray<string> Arguments(PodmanPaths paths, RuntimeDefinition runtime) =>
    [
        "--root", paths.Store,
        "--runroot", paths.Run,
        "--tmpdir", paths.Temporary,
        "--network-config-dir", paths.Networks,
        .. new[] { "root=" + paths.State(runtime.Name) }.Concat(runtime.Arguments.Select(argument => argument.TrimStart('-'))).SelectMany(flag => new[] { "--runtime-flag", flag }),
        "system", "service", "--time", "0", "unix://" + paths.Socket(runtime.Name),
    ];
}
