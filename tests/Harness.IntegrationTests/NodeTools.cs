using Harness.Host.Processes;
using Harness.Host.Provisioning;
using Harness.Tests.Analysis;

namespace Harness.IntegrationTests;

/// <summary>Programs from npm, pinned by a lock file beside the folder that asks for them.</summary>
internal static class NodeTools
{
    /// <summary>The path of a program of <c>tests/FOLDER</c>. Skips where its packages are not installed; under <c>HARNESS_PROVISION=1</c> they are.</summary>
    internal static async Task<string> RequireAsync(string folder, string program)
    {
        var here = Path.Combine(RunBuilder.Repository, "tests", folder);
        await Tools.RequireAsync("npm", "npm");
        if (!Directory.Exists(Path.Combine(here, "node_modules")) && Provisioner.AllowedByEnvironment)
        {
            var install = await new Command("npm", ["--prefix", here, "ci", "--no-audit", "--no-fund"]).RunAsync(TestContext.Current.CancellationToken);
            Assert.True(install.ExitCode == 0, install.Error);
        }

        Tools.SkipWhere(!Directory.Exists(Path.Combine(here, "node_modules")), $"{here} has no node_modules; 'npm ci' there, or HARNESS_PROVISION=1");
        return Path.Combine(here, "node_modules", ".bin", program);
    }
}
