using Harness.Host.Processes;
using Harness.Host.Provisioning;

namespace Harness.IntegrationTests.Cli;

/// <summary>Whether this machine can run the harness on real containers.</summary>
internal static class Machine
{
    /// <summary>The trait of tests that an ordinary user runs as well, with an engine that the user may use.</summary>
    internal const string Category = "Category", OrdinaryUser = "ordinary-user";

    /// <summary>The engine of an ordinary user's tests; none: root's tests, which have the harness start its own.</summary>
    internal static string? UsersEngine => Environment.GetEnvironmentVariable(EngineVariable) is { Length: > 0 } engine ? engine : null;

    internal const string EngineVariable = "HARNESS_TEST_ENGINE";

    private static readonly string[] _programs = ["dockerd", "runsc"];

    /// <summary>
    /// Skips where engine or gVisor is missing, naming it. Under <c>HARNESS_PROVISION=1</c> the harness installs them itself,
    /// and a test that cannot run is a failure.
    /// </summary>
    public static void Require()
    {
        var reason = UsersEngine is not null ? null
            : !OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess
            ? "needs Linux and root"
            : Provisioner.AllowedByEnvironment ? null
            : _programs.Where(program => !OnPath(program)).ToList() is { Count: > 0 } missing ? $"{string.Join(" and ", missing)} missing; HARNESS_PROVISION=1 installs" : null;
        Assert.False(reason is not null && Provisioner.AllowedByEnvironment, reason);
        Assert.SkipWhen(reason is not null, reason ?? "");
    }

    /// <summary>Skips where a Debian userland cannot be made.</summary>
    public static void RequireBootstrap() => Assert.SkipUnless(
        Provisioner.AllowedByEnvironment || OnPath("mmdebstrap"), "mmdebstrap missing; HARNESS_PROVISION=1 installs");

    private static bool OnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin:/sbin").Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));
}
