using System.Text.Json;
using Harness.IntegrationTests.Cli;

namespace Harness.IntegrationTests.Treatments;

/// <summary>The filter that the kernel runs for a default container, against the profile that Docker publishes and the one that the engine handed to the runtime.</summary>
internal static class DockerFilter
{
    // The table names no fewer calls of amd64.
    private const int NamedCalls = 362;

    /// <summary>Requires that the published profile, the handed one and the filter say the same of every named call, arguments included.</summary>
    /// <param name="repository">Where the run was made.</param>
    /// <param name="run">Its folder.</param>
    /// <param name="trial">A sweep under the engine's defaults.</param>
    /// <param name="handed">What the runtime was told.</param>
    internal static void RequireSame(Repository repository, string run, string trial, SeccompRules handed)
    {
        var table = Path.Combine(repository.Root, "experiments", "probes", "syscalls-x86_64.csv");
        var observations = Rows.Observations(run);
        Assert.InRange(handed.RequireSame(observations, trial, table), NamedCalls, 1_000);

        using var environment = JsonDocument.Parse(File.ReadAllText(Directory.EnumerateFiles(Path.Combine(run, "environments")).Single()));
        var engine = environment.RootElement.GetProperty("engine").GetProperty("version").GetString()!;
        var published = PublishedProfile.Resolve(engine, environment.RootElement.GetProperty("kernel").GetProperty("release").GetString()!);
        Assert.SkipWhen(published is null, $"the published profile of Docker {engine} is not among the tests' files");
        // Debian's build hands on what Docker publishes.
        Assert.Empty(published!.Differences(handed, table));
        Assert.InRange(published.RequireSame(observations, trial, table), NamedCalls, 1_000);
    }
}
