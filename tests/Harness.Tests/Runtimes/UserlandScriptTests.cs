using System.Diagnostics;
using Harness.Tests.Analysis;

namespace Harness.Tests.Runtimes;

/// <summary>How experiments/probes/userland.sh counts packages, with package managers that answer what a test wants.</summary>
public sealed class UserlandScriptTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("harness-test-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Held_packages_are_installed_and_removed_ones_are_not() => Assert.Equal(
        "3", Packages("dpkg-query", "lib/dpkg", ["install ok installed", "hold ok installed", "deinstall ok config-files", "install ok half-installed", "install ok installed"]));

    [Fact]
    public void Imported_keys_are_no_packages() => Assert.Equal(
        "2", Packages("rpm", "lib/rpm", ["bash-5.1.8-9.el9.x86_64", "gpg-pubkey-8483c65d-5ccc5b19", "gpg-pubkey-fd431d51-4ae0493b.(none)", "glibc-2.34-100.el9.x86_64"]));

    // The script as it is, but for where it looks for the data base; of the userland's programs only those that a test gives it.
    private string Packages(string tool, string database, string[] answer)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the script is for Linux");
        Directory.CreateDirectory(Path.Combine(_root, database));
        var programs = Directory.CreateDirectory(Path.Combine(_root, "programs")).FullName;
        var fake = Path.Combine(programs, tool);
        File.WriteAllText(fake, $"#!/bin/sh\n{string.Concat(answer.Select(line => $"echo '{line}'\n"))}");
        if (OperatingSystem.IsLinux())
        {
            File.SetUnixFileMode(fake, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        var script = Path.Combine(_root, "userland.sh");
        File.WriteAllText(script, File.ReadAllText(Path.Combine(RunBuilder.Repository, "experiments", "probes", "userland.sh")).Replace("/var/lib/", $"{_root}/lib/", StringComparison.Ordinal));
        using var shell = Process.Start(new ProcessStartInfo("/bin/sh", [script]) { RedirectStandardOutput = true, Environment = { ["PATH"] = programs } })!;
        var lines = shell.StandardOutput.ReadToEnd().Split('\n');
        shell.WaitForExit();
        Assert.Equal(0, shell.ExitCode);
        return Assert.Single(lines, line => line.StartsWith("packages=", StringComparison.Ordinal))["packages=".Length..];
    }
}
