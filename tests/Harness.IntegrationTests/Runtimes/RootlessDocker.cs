using System.Diagnostics;
using System.Runtime.Versioning;
using Harness.Core;
using Harness.Engines.Connecting;
using Harness.Engines.Endpoints;

namespace Harness.IntegrationTests.Runtimes;

/// <summary>An ordinary user's own Docker, started by the script that Docker brings. It ends with the user, whose processes are killed.</summary>
[SupportedOSPlatform("linux")]
internal sealed class RootlessDocker : IDisposable
{
    private const string Script = "/usr/share/docker.io/contrib/dockerd-rootless.sh";

    private readonly OrdinaryUser _user;

    private RootlessDocker(OrdinaryUser user, string root) => (_user, RuntimeFolder) = (user, root);

    /// <summary>XDG_RUNTIME_DIR of its user, where it listens.</summary>
    internal string RuntimeFolder { get; }

    /// <summary>Starts one, and a user whose it is.</summary>
    internal static async Task<(RootlessDocker Docker, OrdinaryUser User)> StartAsync()
    {
        foreach (var (program, package) in new[] { ("dockerd", "docker.io"), ("rootlesskit", "rootlesskit"), ("newuidmap", "uidmap"), ("useradd", "passwd"), ("setpriv", "util-linux") })
            await Tools.RequireAsync(program, package);
        var user = await OrdinaryUser.CreateAsync();
        var root = Directory.CreateTempSubdirectory("h-").FullName;
        var docker = new RootlessDocker(user, root);
        try
        {
            await user.OwnAsync(root);
            // No network of its own: that would need a device for tunnels, and the containers here have none.
            using var process = Process.Start(new ProcessStartInfo("/bin/sh",
            [
                "-c", $"cd / && exec \"$@\" > {root}/log 2>&1", "sh", .. user.Through(null), Script, "--storage-driver", "vfs", "--bridge=none", "--iptables=false", "--ip6tables=false",
                "--data-root", $"{root}/data", "--exec-root", $"{root}/exec", "--pidfile", $"{root}/pid",
            ])
            {
                Environment = { ["XDG_RUNTIME_DIR"] = root, ["DOCKERD_ROOTLESS_ROOTLESSKIT_NET"] = "host", ["DOCKERD_ROOTLESS_ROOTLESSKIT_PORT_DRIVER"] = "none", ["PATH"] = $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/sbin" },
            })!;
            await AnswerAsync(process, root);
            return (docker, user);
        }
        catch
        {
            docker.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _user.Dispose();
        // Files of subordinate ids, which root alone may remove.
        using var rm = Process.Start("rm", ["-rf", RuntimeFolder]);
        rm.WaitForExit();
    }

    private static async Task AnswerAsync(Process process, string root)
    {
        var cancellation = TestContext.Current.CancellationToken;
        for (var tries = 0; tries < 600 && !process.HasExited; tries++)
        {
            try
            {
                using var engine = await EngineConnection.OpenAsync(EngineEndpoint.Parse($"unix://{root}/docker.sock", EngineEndpoint.ByOption), TimeSpan.FromSeconds(60), cancellation);
                return;
            }
            catch (HarnessException)
            {
                await Task.Delay(100, cancellation);
            }
        }

        throw new InvalidOperationException($"rootless Docker did not start: {await File.ReadAllTextAsync($"{root}/log", cancellation)}");
    }
}
