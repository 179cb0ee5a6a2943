using Harness.Host.Guarding;
using Harness.Host.Paths;
using Harness.Host.Processes;
using Harness.Host.Provisioning;

namespace Harness.IntegrationTests;

/// <summary>Programs of the machine that tests need.</summary>
internal static class Tools
{
    /// <summary>The program's path. Skips where it is missing; under <c>HARNESS_PROVISION=1</c> it is installed, and missing is a failure.</summary>
    public static async Task<string> RequireAsync(string program, string package)
    {
        if (Provisioner.AllowedByEnvironment)
        {
            using var provisioner = new Provisioner(allowed: true, EnginePaths.Default(), GuardLink.None(), new Progress<string>());
            await provisioner.EnsureAsync([new Tool(program, package)], TestContext.Current.CancellationToken);
        }

        var path = Machine.FindProgram(program);
        SkipWhere(path is null, $"{program} is missing; HARNESS_PROVISION=1 installs it");
        return path!;
    }

    /// <summary>Skips where the machine lacks something that the harness could have got; under <c>HARNESS_PROVISION=1</c> that is a failure.</summary>
    public static void SkipWhere(bool isMissing, string reason)
    {
        Assert.False(isMissing && Provisioner.AllowedByEnvironment, reason);
        Assert.SkipWhen(isMissing, reason);
    }
}
