using System.Globalization;
using System.Runtime.Versioning;
using Harness.Core.Protocol;
using Harness.Core.Running;
using Harness.Host.Guarding;
using Harness.Host.Processes;
using Harness.Sandboxes.Payload;

namespace Harness.Sandboxes.Containers;

/// <summary>
/// Starts a container as one types it: <c>docker run --rm</c>. Its settings are those of the API's path, so that two such cells
/// differ in the path alone; the channel is the program's standard output.
/// </summary>
internal sealed class CommandLineStart(GuardLink guard)
{
    /// <summary>The program.</summary>
    internal const string Program = "docker";

    // What docker run ends with where not the container's program but the engine or the command line failed.
    private const int EngineFailed = 125;

    /// <summary>Runs it to its end. The program waits until the engine has removed the container.</summary>
    [SupportedOSPlatform("linux")]
    internal async Task<SandboxEnd> RunAsync(ContainerStart start, CancellationToken cancellation)
    {
        if (Machine.FindProgram(Program) is not { } docker)
            return new SandboxEnd.Failed($"{Program} is gone since it was found");
        var process = new AgentProcess(docker, Arguments(start)) { Environment = EnvironmentOf(start), Key = start.Request.Key, EndStamp = Stamps.Removed, IsSandbox = false, FailureStatus = EngineFailed };
        return await process.RunAsync(guard, start.Request.Deadline, start.Channel, start.Stamps, cancellation);
    }

    /// <summary>
    /// The program's whole environment. The user's own holds DOCKER_DEFAULT_PLATFORM, DOCKER_CONTENT_TRUST and proxies, and so do his settings: they
    /// would make another container of it than the other paths make.
    /// </summary>
    internal static ImmutableSortedDictionary<string, string> EnvironmentOf(ContainerStart start) => ImmutableSortedDictionary<string, string>.Empty
        .Add("PATH", Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin")
        // No such folder: the program then has its defaults. What it needs of TLS is on its command line.
        .Add("DOCKER_CONFIG", $"{start.Mounted}-none");

    /// <summary>The command line after the program's name.</summary>
    internal static ImmutableArray<string> Arguments(ContainerStart start)
    {
        // The one list of settings, so that the two paths cannot drift apart.
        var settings = start.Settings();
        return
        [
            "--host", start.Connection.Endpoint.Address.OriginalString, .. start.Connection.Endpoint.Tls?.Arguments ?? [], "run", "--rm", "--pull", "never", "--name", start.Name,
            .. settings.Labels.SelectMany(label => new[] { "--label", $"{label.Name}={label.Value}" }),
            "--runtime", start.Runtime,
            "--network", start.Variant.Network,
            .. settings.SecurityOptions.SelectMany(option => new[] { "--security-opt", option }),
            .. settings.AddedCapabilities.SelectMany(capability => new[] { "--cap-add", capability }),
            .. settings.DroppedCapabilities.SelectMany(capability => new[] { "--cap-drop", capability }),
            "--memory", settings.Memory.ToString(CultureInfo.InvariantCulture),
            "--memory-swap", settings.Memory.ToString(CultureInfo.InvariantCulture),
            "--pids-limit", (settings.Processes ?? 0).ToString(CultureInfo.InvariantCulture),
            "--log-driver", settings.LogDriver!,
            // By its name alone: the value is in the program's environment, where other users do not see it.
            "--env", ChannelKey.Variable, "--no-healthcheck", "--init=false",
            "--user", settings.User!, "--workdir", settings.WorkingDirectory!,
            .. settings.Mount is { } mount ? ["--volume", $"{mount.Source}:{mount.Target}:ro"] : ImmutableArray<string>.Empty,
            "--entrypoint", SandboxArchive.Agent, start.Image.ImageId, SandboxArchive.Plan,
        ];
    }
}
