using System.Globalization;
using Harness.Core.Definitions;

namespace Harness.Runtimes.Userlands;

/// <summary>
/// Says before the first pull what all of them need and what their registries allow. Where a registry limits pulls, sizes are not asked:
/// reading a manifest counts as a pull there.
/// </summary>
/// <param name="references">What a run would pull: references of userlands that the engine does not have.</param>
/// <param name="manifests">Asks registries.</param>
/// <param name="engine">Its architecture, and the folder in which it keeps images where that can be looked at from here.</param>
/// <param name="tally">Told of the plan.</param>
/// <param name="messages">Told what people should know.</param>
internal sealed class PullForecast(
    Func<CancellationToken, Task<ImmutableArray<ImageReference>>> references,
    RegistryManifests manifests,
    Func<CancellationToken, Task<(string Architecture, string? Store)>> engine,
    PullTally tally,
    IProgress<string> messages)
{
    /// <summary>Unpacked layers take up to some three times their compressed size; beside them the compressed ones lie while they are unpacked.</summary>
    private const double Unpacked = 3;

    private const int AtATime = 4;

    // Sizes are a service: they must not hold up the pulls themselves for long.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>The same for callers whom a failure must not cost anything: what is told is a service. False: it could not be told.</summary>
    internal async Task<bool> TryTellAsync(CancellationToken cancellation)
    {
        try
        {
            await TellAsync(cancellation);
            return true;
        }
        catch (Exception e) when (e is Docker.DotNet.DockerApiException or HttpRequestException or IOException or System.Net.Sockets.SocketException)
        {
            return false;
        }
    }

    /// <summary>Asks and tells. A registry that does not answer is left to the pulls, which find that out themselves.</summary>
    internal async Task TellAsync(CancellationToken cancellation)
    {
        var needed = await references(cancellation);
        if (needed.IsEmpty)
            return;
        var (architecture, store) = await engine(cancellation);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        var sizes = new Sizes();
        foreach (var host in needed.GroupBy(reference => reference.Host))
        {
            var (allowance, isLoggedIn) = await manifests.AllowanceAsync(host.First(), cancellation);
            if (allowance is null)
                continue;
            if (allowance.Describe(host.Key, host.Count(), isLoggedIn) is { } allowed)
                messages.Report(allowed);
            else if (allowance.RetryAfter is null)
                await ReadAsync(host, architecture, sizes, limit.Token, cancellation);
        }

        tally.Plan(needed.Length, sizes.Images == needed.Length ? sizes.Bytes : 0);
        messages.Report(Needs(needed, sizes));
        if (store is not null && sizes.Bytes > 0 && Free(store) is { } free && free < sizes.Bytes * Unpacked)
            messages.Report($"not enough space for images: {Size(free)} free where the engine keeps them ({store}), about {Size((long)(sizes.Bytes * Unpacked))} needed: free some, or take fewer userlands (--tier, --userland)");
    }

    private async Task ReadAsync(IEnumerable<ImageReference> host, string architecture, Sizes sizes, CancellationToken limit, CancellationToken cancellation)
    {
        try
        {
            await Parallel.ForEachAsync(host, new ParallelOptions { MaxDegreeOfParallelism = AtATime, CancellationToken = limit }, async (reference, token) =>
            {
                if ((await manifests.ReadAsync(reference, architecture, token)).Manifest is { } manifest)
                    sizes.Add(manifest);
            });
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // What was read by then is told as what it is: a part.
        }
    }

    private static string Needs(ImmutableArray<ImageReference> needed, Sizes sizes)
    {
        var hosts = string.Join(", ", needed.Select(reference => reference.Host).Distinct().Order(StringComparer.Ordinal));
        var images = string.Create(CultureInfo.InvariantCulture, $"{needed.Length} {(needed.Length == 1 ? "image" : "images")} to pull from {hosts}");
        return sizes.Images == 0 ? $"{images}; sizes are not known"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{images}: {(sizes.Images < needed.Length ? $"of {sizes.Images} of them " : "")}{Size(sizes.Bytes)} compressed, about {Size((long)(sizes.Bytes * Unpacked))} unpacked");
    }

    private static long? Free(string folder)
    {
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    private static string Size(long bytes) => bytes >= 1e9
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.0} GB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB");

    private sealed class Sizes
    {
        private readonly Dictionary<string, long> _layers = new(StringComparer.Ordinal);

        internal int Images { get; private set; }

        internal long Bytes => _layers.Values.Sum();

        internal void Add(RegistryManifest manifest)
        {
            lock (_layers)
            {
                Images++;
                foreach (var layer in manifest.Layers)
                    _layers[layer.Digest] = layer.Bytes;
            }
        }
    }
}
