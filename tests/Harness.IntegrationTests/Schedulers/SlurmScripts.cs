using System.Collections.Immutable;
using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using Harness.Host.Processes;
using Harness.IntegrationTests.Cli;

namespace Harness.IntegrationTests.Schedulers;

/// <summary>The scripts of <c>ci/slurm</c> in a repository of a test's own.</summary>
[SupportedOSPlatform("linux")]
internal static partial class SlurmScripts
{
    internal static Repository Checkout()
    {
        var repository = new Repository();
        foreach (var script in Directory.EnumerateFiles(Path.Combine(Repository.Source, "ci", "slurm")))
        {
            var copy = Path.Combine(Directory.CreateDirectory(Path.Combine(repository.Root, "ci", "slurm")).FullName, Path.GetFileName(script));
            File.Copy(script, copy);
        }

        return repository;
    }

    /// <summary>Submits a plan; returns the name of the run that its parts are merged into.</summary>
    internal static async Task<string> SubmitAsync(SlurmCluster cluster, Repository repository, int parts, string[] experiment)
    {
        var result = await RunAsync(cluster, repository, [$"{parts}", .. experiment]);
        var match = Submitted().Match(result.Output);
        Assert.True(match.Success, $"{result.Output}{result.Error}");
        return match.Groups[1].Value;
    }

    internal static Task<CommandResult> RunAsync(SlurmCluster cluster, Repository repository, string[] arguments) => new Command(Path.Combine(repository.Root, "ci", "slurm", "submit.sh"), [.. arguments])
    {
        WorkingDirectory = repository.Root,
        Environment = ImmutableSortedDictionary<string, string?>.Empty
            .Add("SLURM_CONF", cluster.Settings)
            .Add("HARNESS", repository.Program)
            .Add("HARNESS_CACHE", repository.Cache),
    }.RunAsync(TestContext.Current.CancellationToken);

    internal static string Logs(Repository repository) =>
        string.Join('\n', Directory.EnumerateFiles(repository.Root, "slurm-*.out").Order(StringComparer.Ordinal).Select(File.ReadAllText));

    [GeneratedRegex("into results/(slurm-[0-9]+-merged)$", RegexOptions.Multiline)]
    private static partial Regex Submitted();
}
