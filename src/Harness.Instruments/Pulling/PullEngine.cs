using System.Diagnostics;
using System.Runtime.Versioning;
using Harness.Core;
using Harness.Core.Model;
using Harness.Engines.Connecting;
using Harness.Engines.Contract;
using Harness.Engines.PrivateEngine;
using Harness.Host.Guarding;
using Harness.Host.Paths;
using Harness.Host.Processes;
using Harness.Images.Userlands;

namespace Harness.Instruments.Pulling;

/// <summary>
/// A second private daemon, with a folder of its own that goes with it. The run's own engine may be another run's too, whose images
/// must not be taken away under it; and layers that images there share would not be fetched at all.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class PullEngine : IPullEngine
{
    // An image that stays would make the next pull cheap: removing it is not ended with the trial.
    private static readonly TimeSpan RemovalPatience = TimeSpan.FromSeconds(60);

    private static int _count;

    private readonly PullFolder _folder;
    private readonly PrivateDaemon _daemon;
    private readonly EngineConnection _connection;
    private readonly EngineImages _images;
    private readonly RegistryPull _registries;
    private long _ns;
    private int _present;

    private PullEngine(PullFolder folder, PrivateDaemon daemon, EngineConnection connection, Func<EnginePull, RegistryPull> registries)
    {
        (_folder, _daemon, _connection, _images) = (folder, daemon, connection, new EngineImages(connection));
        _registries = registries(TimedAsync);
    }

    /// <summary>Starts one.</summary>
    /// <param name="paths">The cache, in which it gets a folder.</param>
    /// <param name="guard">Ends it and removes its folder where this process cannot.</param>
    /// <param name="registries">Pulls with the user's logins, through what is given.</param>
    /// <param name="messages">Told that it is started.</param>
    /// <param name="cancellation">Ends the starting; nothing of it stays.</param>
    /// <exception cref="HarnessException">It does not start.</exception>
    internal static async Task<PullEngine> StartAsync(
        EnginePaths paths, GuardLink guard, Func<EnginePull, RegistryPull> registries, IProgress<string> messages, CancellationToken cancellation)
    {
        var folder = await PullFolder.CreateAsync(paths, guard, Interlocked.Increment(ref _count));
        PrivateDaemon? daemon = null;
        try
        {
            daemon = await PrivateDaemon.JoinAsync(folder.Paths, messages, cancellation);
            var connection = await EngineConnection.OpenAsync(PrivateDaemon.EndpointOf(folder.Paths), TimeSpan.FromSeconds(10), cancellation);
            return new PullEngine(folder, daemon, connection, registries);
        }
        catch
        {
            if (daemon is not null)
                await daemon.DisposeAsync();
            await folder.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<PullEnding> PullAsync(PullSource.Found source, CancellationToken cancellation)
    {
        try
        {
            if (await _registries.PullAsync(source.Reference, cancellation) is { } failure)
                return new PullEnding(_registries.IsHopeless(source.Reference) ? Outcome.Unavailable : Outcome.Failed, failure, 0, 0);
            var pulled = await _images.InspectAsync(source.Reference.Full, cancellation);
            return pulled?.Id == source.ImageId
                ? new PullEnding(Outcome.Ok, "", _ns, _present)
                : new PullEnding(Outcome.Broken, $"another image came than the run's: {pulled?.Id ?? "none"}", 0, 0);
        }
        finally
        {
            using var limit = new CancellationTokenSource(RemovalPatience);
            await _images.RemoveAsync(source.Reference.Full, limit.Token);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _connection.Dispose();
        await _daemon.DisposeAsync();
        await _folder.DisposeAsync();
    }

    // Around the engine's request alone: waiting for a registry that limits requests is not pulling.
    private async Task TimedAsync(string reference, RegistryLogin login, IProgress<EngineWord> progress, CancellationToken cancellation)
    {
        var words = new PullWords(progress);
        var begin = Stopwatch.GetTimestamp();
        await _images.PullAsync(reference, login, words, cancellation);
        (_ns, _present) = ((long)Stopwatch.GetElapsedTime(begin).TotalNanoseconds, words.Present);
    }
}

/// <summary>The folder of such a daemon, gone afterwards, by the guard's hand if need be.</summary>
[SupportedOSPlatform("linux")]
internal sealed class PullFolder : IAsyncDisposable
{
    private readonly GuardLink _guard;

    private PullFolder(EnginePaths paths, GuardLink guard) => (Paths, _guard) = (paths, guard);

    /// <summary>The daemon's files.</summary>
    internal EnginePaths Paths { get; }

    /// <summary>Creates one; its name begins with the process's id, which tells `clean` whose it was.</summary>
    internal static async Task<PullFolder> CreateAsync(EnginePaths cache, GuardLink guard, int number)
    {
        EnginePaths.CreatePrivate(cache.Pulls);
        var root = Path.Combine(cache.Pulls, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Environment.ProcessId}-{number}"));
        // Of a process that had this id before and could not clean up.
        await PrivateDaemon.StopUnusedAsync(new EnginePaths(root), CancellationToken.None);
        FileTree.Delete(root);
        await guard.SendAsync(new GuardLine.PrivateEngine(root));
        await guard.SendAsync(new GuardLine.Remove(root));
        return new PullFolder(EnginePaths.At(root), guard);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        FileTree.Delete(Paths.Root);
        await _guard.SendAsync(new GuardLine.Keep(Paths.Root));
    }
}
