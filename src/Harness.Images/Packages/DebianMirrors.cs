using System.Net;
using Harness.Core;
using Harness.Host.Processes;

namespace Harness.Images.Packages;

/// <summary>Debian's mirrors: one for all suites, others for single suites, and an archive of suites that mirrors no longer have.</summary>
/// <param name="Main">As <see cref="Mirrors.Debian"/> chooses it; null where none is known.</param>
/// <param name="Suites">Address by suite.</param>
/// <param name="Archive">Asked for what another mirror does not have; null where none is known.</param>
internal sealed record DebianMirrors(string? Main, ImmutableSortedDictionary<string, string> Suites, string? Archive)
{
    /// <summary>The setting of the mirror for all suites; <c>debian/SUITE</c> sets that of one.</summary>
    internal const string Setting = "debian";

    /// <summary>The setting of the archive.</summary>
    internal const string ArchiveSetting = "debian-archive";

    /// <summary>What is missing to check their signatures, with the remedy; null where nothing is.</summary>
    internal string? NoSignature { get; init; }

    private const string SuitePrefix = Setting + "/";

    /// <summary>What the options, the environment and this host's own sources say.</summary>
    /// <param name="options">The run's.</param>
    /// <param name="root">Of the host's files.</param>
    internal static DebianMirrors Of(ImmutableSortedDictionary<string, string> options, string root = "/")
    {
        var system = OsRelease.Read(root);
        var mirrors = Of(
            options,
            Environment.GetEnvironmentVariable(Mirrors.DebianVariable),
            system.GetValueOrDefault("ID") == "debian",
            system.GetValueOrDefault("VERSION_CODENAME"),
            AptSources.Read(Path.Combine(root, "etc/apt")));
        return mirrors with { NoSignature = ReleaseSignature.OfHost(root).Missing };
    }

    /// <summary>The same of given settings.</summary>
    internal static DebianMirrors Of(
        ImmutableSortedDictionary<string, string> options, string? environment, bool hostIsDebian, string? hostCodename, ImmutableArray<AptSource> sources)
    {
        var suites = options.Where(option => option.Key.StartsWith(SuitePrefix, StringComparison.Ordinal)).Select(option => KeyValuePair.Create(option.Key[SuitePrefix.Length..], option.Value));
        return new DebianMirrors(
            Mirrors.Debian(options, environment, hostIsDebian, hostCodename, sources),
            ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, suites),
            options.GetValueOrDefault(ArchiveSetting));
    }

    /// <summary>Does something with each mirror of a suite in turn, until one has it.</summary>
    /// <exception cref="HarnessException">No mirror is known, or none has it.</exception>
    internal async Task<T> TryAsync<T>(string suite, Func<string, Task<T>> use)
    {
        ImmutableArray<string> mirrors = [.. new[] { Suites.GetValueOrDefault(suite) ?? Main, Archive }.OfType<string>().Distinct()];
        if (mirrors.IsEmpty)
        {
            // On a host of another distribution both are usually missing: one line, both remedies.
            var signature = NoSignature is { } missing ? $"; to check its signatures, {missing}" : "";
            throw new HarnessException($"no Debian mirror is known: give --mirror debian=URL or set {Mirrors.DebianVariable}{signature}");
        }

        for (var i = 0; ; i++)
        {
            try
            {
                return await use(mirrors[i]);
            }
            catch (HarnessException e) when (i + 1 < mirrors.Length && IsMissing(e.InnerException))
            {
                // It is not there: the suite has moved to the archive.
            }
        }
    }

    /// <summary>Whether what was asked for is not on the mirror, rather than that the mirror does not answer.</summary>
    internal static bool IsMissing(Exception? e) => e is HttpRequestException { StatusCode: HttpStatusCode.NotFound } or FileNotFoundException or DirectoryNotFoundException;
}
