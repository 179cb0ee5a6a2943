using Harness.Host.Guarding;

namespace Harness.Host.Provisioning;

/// <summary>
/// Keeps packages from starting their services while they are installed: docker.io would start the system's own
/// daemon, which nobody asked for. Debian asks /usr/sbin/policy-rc.d before every start; 101 forbids it.
/// </summary>
internal sealed class ServicePolicy : IAsyncDisposable
{
    private const string File = "/usr/sbin/policy-rc.d";
    private const string Text = "#!/bin/sh\n# Made by harness while it installs packages; safe to remove.\nexit 101\n";

    private readonly GuardLink? _guard;

    private ServicePolicy(GuardLink? guard) => _guard = guard;

    /// <summary>Forbids starts until disposed. A policy of the administrator's stays as it is.</summary>
    internal static async Task<ServicePolicy> NoStartsAsync(GuardLink guard, IProgress<string> messages)
    {
        RemoveOwn();
        if (System.IO.File.Exists(File))
        {
            messages.Report($"{File} exists and decides whether the Docker service is started");
            return new ServicePolicy(null);
        }

        await guard.SendAsync(new GuardLine.Remove(File));
        await System.IO.File.WriteAllTextAsync(File, Text);
        if (!OperatingSystem.IsWindows())
        {
            System.IO.File.SetUnixFileMode(
                File, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        }

        return new ServicePolicy(guard);
    }

    /// <summary>Removes a policy that an earlier run could not. True: there was one.</summary>
    internal static bool RemoveOwn()
    {
        if (!System.IO.File.Exists(File) || System.IO.File.ReadAllText(File) != Text)
            return false;
        System.IO.File.Delete(File);
        return true;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_guard is null)
            return;
        RemoveOwn();
        await _guard.SendAsync(new GuardLine.Keep(File));
    }
}
