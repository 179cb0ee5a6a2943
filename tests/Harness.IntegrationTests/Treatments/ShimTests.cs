using System.Diagnostics;
using System.Runtime.Versioning;
using Harness.Core.Protocol;
using Harness.IntegrationTests.Runtimes;
using Harness.Sandboxes.Treatments;

namespace Harness.IntegrationTests.Treatments;

/// <summary>Whose word is taken for an engine's shim.</summary>
[SupportedOSPlatform("linux")]
public sealed class ShimTests
{
    [Theory]
    [InlineData("", true)]
    [InlineData("unshare --pid --fork --kill-child ", false)]
    [InlineData("setpriv --reuid=65534 ", false)]
    public async Task A_program_that_calls_itself_conmon_is_not_one_in_a_container_or_of_another_user(string under, bool isTaken)
    {
        await EngineMachine.NeedAsync("unshare", "setpriv", "bash");
        var key = ChannelKey.Create();
        var bundle = Directory.CreateTempSubdirectory("h-");
        try
        {
            File.SetUnixFileMode(bundle.FullName, (UnixFileMode)0x1ED);   // rwxr-xr-x
            await File.WriteAllTextAsync(Path.Combine(bundle.FullName, "config.json"), $"[\"{key.ToHex()}\"]", TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(Path.Combine(bundle.FullName, "pidfile"), "1", TestContext.Current.CancellationToken);
            var arguments = $"-b {bundle.FullName} -p {bundle.FullName}/pidfile -r /opt/other";
            using var conmon = Process.Start(new ProcessStartInfo("bash", ["-c", $"exec {under}bash -c 'echo up; exec -a /usr/bin/conmon bash -c \"read line\" conmon {arguments}'"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
            await conmon.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            using var ended = new CancellationTokenSource(TimeSpan.FromSeconds(isTaken ? 20 : 2));

            var look = await ContainerLook.TakeAsync(key, "sha256:0", ended.Token);

            Assert.Equal(isTaken ? "other" : null, look?.Runtime);
            Assert.Equal(isTaken ? "conmon's command line" : null, look?.Witness);
            conmon.StandardInput.Close();
            await conmon.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
        finally
        {
            bundle.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("unshare --pid --fork --kill-child ", false)]
    [InlineData("setpriv --reuid=65534 ", false)]
    public async Task A_program_that_calls_itself_a_shim_is_not_one_in_a_container_or_of_another_user(string under, bool isTaken)
    {
        await EngineMachine.NeedAsync("unshare", "setpriv", "bash");
        var key = ChannelKey.Create();
        var bundle = Directory.CreateTempSubdirectory("h-");
        try
        {
            File.SetUnixFileMode(bundle.FullName, (UnixFileMode)0x1ED);   // rwxr-xr-x
            await File.WriteAllTextAsync(Path.Combine(bundle.FullName, "config.json"), $"[\"{key.ToHex()}\"]", TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(Path.Combine(bundle.FullName, "init.pid"), "1", TestContext.Current.CancellationToken);
            using var shim = Process.Start(new ProcessStartInfo("bash", ["-c", $"cd {bundle.FullName} && exec {under}bash -c 'echo up; exec -a /usr/bin/containerd-shim-runc-v2 cat'"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
            await shim.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            using var ended = new CancellationTokenSource(TimeSpan.FromSeconds(isTaken ? 20 : 2));

            var look = await ContainerLook.TakeAsync(key, "sha256:0", ended.Token);

            Assert.Equal(isTaken, look is not null);
            shim.StandardInput.Close();
            await shim.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
        finally
        {
            bundle.Delete(recursive: true);
        }
    }
}
