using System.Globalization;
using System.Runtime.Versioning;

namespace Harness.Host.Processes;

/// <summary>
/// Lets an ordinary user's programs act as root over the user's own files: in a user namespace where root is the user, and the other ids are
/// those that <c>/etc/subuid</c> and <c>/etc/subgid</c> give the user. It allows nothing that the user could not do before, and nothing on the host.
/// </summary>
internal static class UserNamespace
{
    private const string Package = "uidmap";

    // The whole range, so that an archive's owners can be kept. With process 1 everything in it ends.
    private static readonly ImmutableArray<string> Arguments = ["--user", "--map-root-user", "--map-auto", "--mount", "--pid", "--fork", "--kill-child", "--"];

    private static readonly AsyncOnce<string?> Obstacle = new(FindObstacleAsync, CancellationToken.None);

    /// <summary>Why programs cannot act as root over the user's files, with the remedy; null where they can, as they do for root itself.</summary>
    internal static Task<string?> ObstacleAsync(CancellationToken cancellation) => Machine.IsLinuxRoot ? Task.FromResult<string?>(null) : Obstacle.GetAsync(cancellation);

    /// <summary>The command as root runs it: for root itself unchanged.</summary>
    internal static Command AsRoot(Command command) => Machine.IsLinuxRoot ? command : command with { Program = Unshare, Arguments = [.. Arguments, command.Program, .. command.Arguments] };

    private static string Unshare => Machine.FindProgram("unshare") ?? "unshare";

    private static async Task<string?> FindObstacleAsync(CancellationToken cancellation)
    {
        if (!OperatingSystem.IsLinux())
            return "user namespaces are Linux's: use a Linux host";
        if (Machine.FindProgram("unshare") is null)
            return "unshare is not installed: install util-linux, or run as root";
        if (Machine.FindProgram("newuidmap") is null || Machine.FindProgram("newgidmap") is null)
            return $"newuidmap is not installed: install {Package}, or run as root";
        if (Setting("/proc/sys/user/max_user_namespaces") == "0" || Setting("/proc/sys/kernel/unprivileged_userns_clone") == "0")
            return "this host allows an ordinary user no user namespaces: set user.max_user_namespaces or kernel.unprivileged_userns_clone by sysctl, or run as root";
        var user = Environment.UserName;
        if (!HasRange("/etc/subuid", user) || !HasRange("/etc/subgid", user))
            return $"the user '{user}' has no subordinate ids: as root, usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {user}";
        try
        {
            var result = await new Command(Unshare, [.. Arguments, "true"]).RunAsync(cancellation);
            return result.ExitCode == 0 ? null : Refused(result.LastLine);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return Refused(e.Message);
        }
    }

    private static string Refused(string said)
    {
        // Source: Ubuntu 23.10's release notes; a program needs a profile of its own there.
        if (Setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1")
            return $"AppArmor keeps unshare from making a user namespace ({said}): as root, sysctl -w kernel.apparmor_restrict_unprivileged_userns=0";
        return said.Contains("unrecognized option", StringComparison.Ordinal)
            ? "unshare is too old to map subordinate ids: install util-linux 2.38 or later, or run as root"
            : $"a user namespace cannot be made here ({said}): run as root";
    }

    // Lines are name:first:count; the name may be the user's number.
    [SupportedOSPlatform("linux")]
    private static bool HasRange(string file, string user)
    {
        try
        {
            return File.ReadLines(file).Select(line => line.Split(':')).Any(parts =>
                parts is [var name, _, var count] && (name == user || name == Native.GetEffectiveUserId().ToString(CultureInfo.InvariantCulture)) && count.Trim() is not ("" or "0"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string? Setting(string file)
    {
        try
        {
            return File.ReadAllText(file).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
