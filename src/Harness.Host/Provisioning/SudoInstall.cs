using Harness.Core;
using Harness.Host.Processes;

namespace Harness.Host.Provisioning;

/// <summary>
/// Installs packages for an ordinary user whom sudo asks for no password. The user allowed it by <c>--provision</c>, and it is announced. All that needs
/// root is one program, so that nothing stays half done where the harness ends.
/// </summary>
/// <param name="Log">Where apt's words go.</param>
/// <param name="Messages">Told beforehand.</param>
internal sealed record SudoInstall(string Log, IProgress<string> Messages)
{
    // One process installs at a time, as for root. Debian asks policy-rc.d before it starts a service that a package brings; a policy of the
    // administrator's stays as it is.
    private const string Script =
        """
        set -e
        exec 9>/run/harness-provision.lock
        flock 9
        policy=/usr/sbin/policy-rc.d
        if [ ! -e $policy ]; then
            trap 'rm -f $policy' EXIT
            printf '#!/bin/sh\n# Made by harness while it installs packages; safe to remove.\nexit 101\n' >$policy
            chmod 755 $policy
        fi
        apt-get -o DPkg::Lock::Timeout=300 --quiet install --yes --no-install-recommends "$@"
        """;

    /// <summary>Refreshes apt's lists.</summary>
    /// <param name="wanted">What is to be installed, for the message.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="HarnessException">There is no sudo, it asks for a password, or apt failed; the message names the remedy.</exception>
    internal async Task UpdateAsync(string wanted, CancellationToken cancellation)
    {
        if (Machine.FindProgram("sudo") is not { } sudo || (await new Command(sudo, ["-n", "true"]).RunAsync(cancellation)).ExitCode != 0)
            throw new HarnessException($"--provision needs root, or sudo without a password: run as root, or install {wanted} yourself");
        Messages.Report("refreshing package lists (sudo apt-get update)");
        await RunAsync(["apt-get", "-o", "DPkg::Lock::Timeout=300", "--quiet", "update"], cancellation);
    }

    /// <summary>Installs packages.</summary>
    /// <exception cref="HarnessException">apt failed.</exception>
    internal async Task InstallAsync(ImmutableArray<string> packages, CancellationToken cancellation)
    {
        Messages.Report($"installing {string.Join(", ", packages)} (sudo apt-get install)");
        await RunAsync(["sh", "-c", Script, "harness", .. packages], cancellation);
    }

    private async Task RunAsync(ImmutableArray<string> command, CancellationToken cancellation)
    {
        var result = await new Command("sudo", ["-n", "env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C", .. command]) { LogFile = Log }.RunAsync(cancellation);
        if (result.ExitCode != 0)
            throw new HarnessException($"apt-get failed ({result.LastLine}): see {Log}");
    }
}
