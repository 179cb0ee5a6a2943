using System.Collections.Concurrent;
using System.Globalization;
using Harness.Core.Definitions;
using Harness.Engines.Contract;

namespace Harness.Images.Userlands;

/// <summary>
/// Says before the first pull what all of them need and what their registries allow. Where a registry limits pulls, sizes are not asked:
/// reading a manifest counts as a pull there, and an estimate takes their place.
/// </summary>
/// <param name="references">What a run would pull: images of userlands that the engine does not have.</param>
/// <param name="waves">Which userlands lie on the disk at the same time; empty: all of them.</param>
/// <param name="manifests">Asks registries.</param>
/// <param name="engine">Its architecture, and the folder in which it keeps images where that can be looked at from here.</param>
/// <param name="tally">Told of the plan.</param>
/// <param name="messages">Told what people should know.</param>
internal sealed class PullForecast(
    Func<CancellationToken, Task<ImmutableArray<NeededImage>>> references,
    ImmutableArray<ImmutableHashSet<string>> waves,
    RegistryManifests manifests,
    Func<CancellationToken, Task<(string Architecture, string? Store)>> engine,
    PullTally tally,
    IProgress<string> messages)
{
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
        catch (Exception e) when (e is EngineException or HttpRequestException or IOException or System.Net.Sockets.SocketException)
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
        var known = new ConcurrentDictionary<ImageReference, RegistryManifest>();
        var there = ImmutableArray.CreateBuilder<NeededImage>();
        foreach (var host in needed.GroupBy(image => image.Reference.Host))
        {
            var (allowance, isLoggedIn) = await manifests.AllowanceAsync(host.First().Reference, cancellation);
            if (allowance is null)
                continue;
            var absent = new ConcurrentBag<NeededImage>();
            if (allowance.Describe(host.Key, host.Count(), isLoggedIn) is { } allowed)
                messages.Report(allowed);
            else if (allowance.RetryAfter is null)
                await ReadAsync(host, architecture, known, absent, limit.Token, cancellation);
            there.AddRange(host.Except(absent));
        }

        var need = PullNeed.Of(there.ToImmutable(), known, waves);
        tally.Plan(needed.Length, need.Known == needed.Length ? need.Bytes : 0);
        var hosts = string.Join(", ", needed.Select(image => image.Reference.Host).Distinct().Order(StringComparer.Ordinal));
        var images = string.Create(CultureInfo.InvariantCulture, $"{needed.Length} {(needed.Length == 1 ? "image" : "images")} to pull from {hosts}");
        messages.Report(there.Count == 0 ? $"{images}; sizes are not known" : $"{images}: {need}");
        if (store is not null && Free(store) is { } free && free < need.AtOnce)
            messages.Report($"not enough space for images: {PullNeed.Size(free)} free where the engine keeps them ({store}), about {PullNeed.Size(need.AtOnce)} needed{(need.Estimated > 0 ? " by that estimate" : "")}: free some, or take fewer userlands {(waves.Length > 1 ? "at a time (--wave) or in all (--tier, --userland)" : "(--tier, --userland)")}");
    }

    private async Task ReadAsync(
        IEnumerable<NeededImage> host, string architecture, ConcurrentDictionary<ImageReference, RegistryManifest> known, ConcurrentBag<NeededImage> absent, CancellationToken limit, CancellationToken cancellation)
    {
        try
        {
            await Parallel.ForEachAsync(host, new ParallelOptions { MaxDegreeOfParallelism = AtATime, CancellationToken = limit }, async (image, token) =>
            {
                if ((await manifests.ReadAsync(image.Reference, architecture, token)).Manifest is { } manifest)
                    known[image.Reference] = manifest;
                else
                    absent.Add(image);
            });
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // What was read by then is told as what it is: a part.
        }
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
}
