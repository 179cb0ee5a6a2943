using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Harness.Core;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Images;
using Harness.Images.Userlands;

namespace Harness.Runtimes;

/// <summary>A run's engines but that in a VM of the harness: the one that answers, or those that the user named. Each is opened when a cell needs it.</summary>
internal sealed class EngineSessions : IAsyncDisposable
{
    private readonly ImmutableArray<EngineSession> _all;

    /// <param name="options">What the run asks.</param>
    /// <param name="make">Makes a session; of an engine without a name for null.</param>
    internal EngineSessions(RuntimeOptions options, Func<RuntimeOptions, NamedEngine?, EngineSession> make)
    {
        var engines = options.Engines.Where(engine => !engine.IsInVm).ToImmutableArray();
        AreNamed = !options.Engines.IsEmpty;
        if (engines.IsEmpty)
        {
            _all = [make(options, null)];
            // Its name is what it is, which is known when it answers.
            ByName = AreNamed ? [] : [.. RuntimeNames.Engines.Select(name => (name, _all[0]))];
        }
        else
        {
            var agreed = new ConcurrentDictionary<(string Id, string Architecture), UserlandLock>();
            _all = [.. engines.Select(engine => make(options with { Others = new Peers(this, engine.Name, options.Planned, agreed) }, engine))];
            ByName = [.. _all.Select(session => (session.Named!.Name, session))];
        }

        // One that the harness starts is there for as long as the run.
        First = _all.FirstOrDefault(session => session.Named is { IsPrivate: true, Name: RuntimeNames.Docker }) ?? _all.FirstOrDefault(session => session.Named is { IsPrivate: true }) ?? _all[0];
    }

    /// <summary>By name, as cells have it.</summary>
    internal ImmutableArray<(string Engine, EngineSession Session)> ByName { get; }

    /// <summary>The one that is asked for what any engine has.</summary>
    internal EngineSession First { get; }

    /// <summary>Whether the user gave them names.</summary>
    internal bool AreNamed { get; }

    /// <summary>What a reader of the run must know, of several engines with their names.</summary>
    internal ImmutableArray<string> Remarks =>
        [.. _all.SelectMany(session => session.Remarks.Select(remark => _all.Length == 1 ? remark : $"{session.Named!.Name}: {remark}"))];

    /// <summary>Which image each userland was, each once: one image in several engines is one.</summary>
    internal ImmutableArray<UserlandLock> Locks =>
        [.. _all.SelectMany(session => session.Current?.Images.Locks ?? []).DistinctBy(found => (found.Id, found.Architecture))];

    /// <summary>What is known of each that was needed; null where they have no names.</summary>
    /// <param name="machine">The session of the engine in a VM of the harness.</param>
    internal ImmutableSortedDictionary<string, EngineFacts>? Facts(EngineSession machine) => !AreNamed ? null
        : ByName.Append((Engine: RuntimeNames.DockerInVm, Session: machine)).Where(one => one.Session.Facts is not null)
            .ToImmutableSortedDictionary(one => one.Engine, one => one.Session.Facts!, StringComparer.Ordinal);

    /// <summary>These engines, for the one in a VM of the harness: it takes the images that the plan has in one of them.</summary>
    /// <param name="planned">The userlands of the plan's cells, by engine.</param>
    internal IOtherEngines Before(ImmutableHashSet<(string Engine, string Userland)> planned) => new Leaders(this, planned);

    /// <summary>Nothing of the run needs a userland any more.</summary>
    internal Task ReleaseAsync(string userland, CancellationToken cancellation) =>
        Task.WhenAll(_all.Select(session => session.Current?.Images.ReleaseAsync(userland, cancellation) ?? Task.CompletedTask));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var session in _all)
            await session.DisposeAsync();
    }

    // One that cannot be opened costs its own cells, whoever asks.
    private static Task<OpenEngine?> TryOpenAsync(EngineSession session, CancellationToken cancellation) =>
        TryAsync<OpenEngine?>(async () => await session.OpenAsync(cancellation));

    // What is wrong with one engine is said by its own cells; for the others it has nothing.
    private static async Task<T?> TryAsync<T>(Func<Task<T?>> ask)
    {
        try
        {
            return await ask();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return default;
        }
    }

    // What an engine of the run has of a userland, by its own way of finding it; null where it cannot be asked, or is of another architecture.
    private static async Task<UserlandLock?> FindAsync(
        string engine, EngineSession session, EngineImages self, Func<UserlandImages, Task<UserlandResolution>> find, CancellationToken cancellation) =>
        await TryAsync<UserlandLock?>(async () =>
            await session.OpenAsync(cancellation) is var open && session.Mismatch(open.Facts, engine) is null && await open.Store.ArchitectureAsync(cancellation) == await self.ArchitectureAsync(cancellation)
                && await find(open.Images) is UserlandResolution.Found found ? found.Lock : null);

    private static async IAsyncEnumerable<EngineImages> StoresAsync(IEnumerable<EngineSession> sessions, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var session in sessions)
        {
            if (await TryOpenAsync(session, cancellation) is { } open)
                yield return open.Store;
        }
    }

    // Engines of one rank: whichever finds a userland first decides.
    private sealed class Peers(EngineSessions sessions, string name, ImmutableHashSet<(string Engine, string Userland)> planned, ConcurrentDictionary<(string Id, string Architecture), UserlandLock> agreed) : IOtherEngines
    {
        public Task<UserlandLock?> LeadAsync(string userland, EngineImages self, CancellationToken cancellation) => Task.FromResult<UserlandLock?>(null);

        public async Task<UserlandLock?> ElsewhereAsync(string userland, EngineImages self, CancellationToken cancellation)
        {
            foreach (var (engine, session) in sessions.ByName.Where(other => other.Engine != name && planned.Contains((other.Engine, userland))))
            {
                if (await FindAsync(engine, session, self, images => images.OwnAsync(userland, cancellation), cancellation) is { } found)
                    return found;
            }

            return null;
        }

        public UserlandLock Agree(UserlandLock found) => agreed.GetOrAdd((found.Id, found.Architecture), found);

        public IAsyncEnumerable<EngineImages> StoresAsync(CancellationToken cancellation) =>
            EngineSessions.StoresAsync(sessions.ByName.Where(other => other.Engine != name).Select(other => other.Session), cancellation);
    }

    // The VM reaches no registry, and what it had made for itself would be another image under the same name.
    private sealed class Leaders(EngineSessions sessions, ImmutableHashSet<(string Engine, string Userland)> planned) : IOtherEngines
    {
        public async Task<UserlandLock?> LeadAsync(string userland, EngineImages self, CancellationToken cancellation)
        {
            foreach (var (engine, session) in sessions.ByName.Where(one => planned.Contains((one.Engine, userland))))
            {
                if (await FindAsync(engine, session, self, images => images.ResolveAsync(userland, cancellation), cancellation) is { } found)
                    return found;
            }

            return null;
        }

        public Task<UserlandLock?> ElsewhereAsync(string userland, EngineImages self, CancellationToken cancellation) => Task.FromResult<UserlandLock?>(null);

        public UserlandLock Agree(UserlandLock found) => found;

        public IAsyncEnumerable<EngineImages> StoresAsync(CancellationToken cancellation) =>
            EngineSessions.StoresAsync(sessions.ByName.Where(one => planned.Any(cell => cell.Engine == one.Engine)).Select(one => one.Session).Distinct(), cancellation);
    }
}
