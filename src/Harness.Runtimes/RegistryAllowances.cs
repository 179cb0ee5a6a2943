using Harness.Images;
using Harness.Images.Userlands;

namespace Harness.Runtimes;

/// <summary>What registries still allow.</summary>
internal static class RegistryAllowances
{
    /// <summary>Asks those that have images, with the user's logins. One sentence each; those that limit nothing say nothing.</summary>
    internal static async Task<ImmutableArray<string>> AskAsync(OpenEngine engine, IEnumerable<ImageRow> rows, CancellationToken cancellation)
    {
        using var web = RegistryAddress.CreateClient(TimeSpan.FromSeconds(5));
        var manifests = new RegistryManifests(web, engine.Credentials.FindAsync);
        var allowed = ImmutableArray.CreateBuilder<string>();
        foreach (var host in rows.Select(row => row.Reference).OfType<string>().Select(ImageReference.Parse).GroupBy(reference => reference.Host))
        {
            var (allowance, isLoggedIn) = await manifests.AllowanceAsync(host.First(), cancellation);
            if (allowance?.Describe(host.Key, host.Count(), isLoggedIn) is { } sentence)
                allowed.Add(sentence);
        }

        return allowed.ToImmutable();
    }
}
