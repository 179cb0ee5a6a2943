using System.Diagnostics;
using System.Globalization;
using Harness.Host.Guarding;
using Harness.Tests.Supply;

namespace Harness.Tests.Runtimes;

/// <summary>What the guard does with an engine that is slow to reach.</summary>
public sealed class GuardPatienceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("harness-test-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task It_waits_for_an_engine_over_ssh_as_long_as_the_run_did()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs a shell that connects");
        var requests = new List<string>();
        await using var engine = new TlsEngine(certificate: null, requests);
        // Longer than the guard waits for an engine here.
        var ssh = Path.Combine(_folder, "ssh");
        File.WriteAllText(ssh, string.Create(CultureInfo.InvariantCulture, $"#!/bin/bash\nsleep 3.5\nexec 3<>/dev/tcp/127.0.0.1/{engine.Port}\ncat <&3 &\ncat >&3\n"));
        if (OperatingSystem.IsLinux())
            File.SetUnixFileMode(ssh, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [Path.Combine(AppContext.BaseDirectory, "harness.dll"), GuardLink.Argument])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment = { ["PATH"] = $"{_folder}:{Environment.GetEnvironmentVariable("PATH")}" },
        };
        using var guard = Process.Start(start)!;
        await guard.StandardInput.WriteLineAsync(new GuardLine.Containers("ssh://me@lab", "harness.owner=me").Format());
        guard.StandardInput.Close();
        await guard.WaitForExitAsync(Cancellation);

        Assert.Contains(requests, request => request.Contains("/containers/json", StringComparison.Ordinal));
    }
}
