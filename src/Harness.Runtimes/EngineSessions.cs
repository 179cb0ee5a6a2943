using System.Collections.Concurrent;
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
            var agreed = new ConcurrentDictionary<string, UserlandLock>(StringComparer.Ordinal);
            _all = [.. engines.Select(engine => make(options with { Agreed = found => agreed.GetOrAdd(found.Id, found) }, engine))];
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
        [.. _all.SelectMany(session => session.Current?.Images.Locks ?? []).GroupBy(found => found.Id, StringComparer.Ordinal).Select(group => group.First())];

    /// <summary>What is known of each that was needed; null where they have no names.</summary>
    /// <param name="machine">The session of the engine in a VM of the harness.</param>
    internal ImmutableSortedDictionary<string, EngineFacts>? Facts(EngineSession machine) => !AreNamed ? null
        : ByName.Append((Engine: RuntimeNames.DockerInVm, Session: machine)).Where(one => one.Session.Facts is not null)
            .ToImmutableSortedDictionary(one => one.Engine, one => one.Session.Facts!, StringComparer.Ordinal);

    /// <summary>Nothing of the run needs a userland any more.</summary>
    internal Task ReleaseAsync(string userland, CancellationToken cancellation) =>
        Task.WhenAll(_all.Select(session => session.Current?.Images.ReleaseAsync(userland, cancellation) ?? Task.CompletedTask));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var session in _all)
            await session.DisposeAsync();
    }
}
