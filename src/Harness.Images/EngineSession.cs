using System.Collections.Concurrent;
using Harness.Core;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Engines.Connecting;
using Harness.Engines.Contract;
using Harness.Engines.Endpoints;
using Harness.Engines.PrivateEngine;
using Harness.Host.Facts;
using Harness.Host.Guarding;
using Harness.Host.Paths;
using Harness.Host.Processes;
using Harness.Host.Provisioning;
using Harness.Images.Filesystems;
using Harness.Images.Packages;
using Harness.Images.Userlands;

namespace Harness.Images;

/// <summary>An engine that is in use.</summary>
internal sealed record OpenEngine(
    EngineConnection Connection, EngineFacts Facts, UserlandImages Images, EngineImages Store, DockerCredentials Credentials, FilesystemExport Filesystems);

/// <summary>One run's use of an engine: found or started when the first container needs it, left when the run ends.</summary>
internal sealed class EngineSession : IAsyncDisposable
{
    private readonly RuntimeOptions _options;
    private readonly EnginePaths _paths;
    private readonly GuardLink _guard;
    private readonly Provisioner _provisioner;
    private readonly CancellationToken _owner;
    private readonly AsyncOnce<OpenEngine> _engine;
    private readonly AsyncOnce<ImmutableSortedDictionary<string, string>> _programs;
    private readonly ConcurrentQueue<string> _remarks = new();
    private readonly HttpClient _web = RegistryAddress.CreateClient(TimeSpan.FromSeconds(5));
    private readonly IEngineSource? _source;
    private readonly NamedEngine? _named;
    private IAsyncDisposable? _private;

    /// <param name="source">What makes the engine; null: it is looked for, or the private daemon is started.</param>
    /// <param name="named">The engine, where the user gave it a name; null: the one that is found.</param>
    internal EngineSession(RuntimeOptions options, EnginePaths paths, GuardLink guard, Provisioner provisioner, CancellationToken owner, IEngineSource? source = null, NamedEngine? named = null)
    {
        (_source, _named) = (source, named);
        (_options, _paths, _guard, _provisioner, _owner) = (options, paths, guard, provisioner, owner);
        _engine = new AsyncOnce<OpenEngine>(StartAsync, owner);
        _programs = new AsyncOnce<ImmutableSortedDictionary<string, string>>(async token => await RuntimeVersions.ReadAsync((await OpenAsync(token)).Facts, token), owner);
        Locality = new EngineLocality(owner);
        Layers = new LayerCache(paths, new BusyboxBootstrap(provisioner), new DebianBootstrap(paths, provisioner, guard, DebianMirrors.Of(options.Mirrors)), new LegacyBootstrap(options.AgentDirectory), new UnpackedBootstrap(provisioner, DebianMirrors.Of(options.Mirrors)), guard);
    }

    /// <summary>The run's id, as containers carry it.</summary>
    internal string RunId => _options.RunId;

    /// <summary>Userlands made from packages, which need no engine.</summary>
    internal LayerCache Layers { get; }

    /// <summary>The engine in use; null where none was needed.</summary>
    internal OpenEngine? Current => _engine.ResultOrDefault;

    /// <summary>Whether its containers run on this host's kernel.</summary>
    internal EngineLocality Locality { get; }

    /// <summary>What is known of the engine; null where none was needed.</summary>
    internal EngineFacts? Facts =>
        Current?.Facts is { } facts ? facts with { Components = facts.Components.AddRange(_programs.ResultOrDefault ?? ImmutableSortedDictionary<string, string>.Empty) } : null;

    /// <summary>Finds out whether the engine's containers run here, and if so, what this host's programs say of its runtimes.</summary>
    internal async Task LocateAsync(OpenEngine engine, Func<CancellationToken, Task<(string? BootId, string? Failure)>> bootId, CancellationToken cancellation)
    {
        await Locality.FindAsync(engine.Connection.Endpoint, bootId, cancellation);
        if (Locality.Elsewhere is { } elsewhere)
            Remark($"Clocks, symbols and processes of this host were not read for the engine's containers: {elsewhere}.");
        else
            await _programs.GetAsync(cancellation);
    }

    /// <summary>The engine, where it has a name of its own; null where it is called what it is.</summary>
    internal NamedEngine? Named => _named;

    /// <summary>Why the cells of an engine cannot be run by this one, in one line with the remedy; null where they can.</summary>
    /// <param name="facts">What it is.</param>
    /// <param name="engine">As cells have it.</param>
    internal string? Mismatch(EngineFacts facts, string engine) =>
        _named is null ? (facts.Name == engine ? null : $"the engine that answers is {facts.Name}, not {engine}: name {engine}'s socket with --engine unix:///PATH")
        : RuntimeNames.Engines.Contains(_named.Name) && facts.Name != _named.Name
            ? $"the engine that --engine calls {_named.Name} is {facts.Name} {facts.Version}: call it {facts.Name}, or another name that is no product's"
        : null;

    /// <summary>
    /// Whether the user gave the address of the run's only engine: then not reaching it is the user's error, not a missing precondition. One of several
    /// costs its own cells alone.
    /// </summary>
    internal bool IsNamedByUser => _source is null && _named is null && EngineLocator.Named(EngineSearch.FromEnvironment(_options.EngineUri)) is not null;

    /// <summary>What a reader of the run must know.</summary>
    internal ImmutableArray<string> Remarks => [.. _remarks.Distinct()];

    /// <summary>Adds a remark.</summary>
    internal void Remark(string remark) => _remarks.Enqueue(remark);

    /// <summary>The engine, found or started by the first who asks.</summary>
    /// <exception cref="HarnessException">There is none; the message names the remedy.</exception>
    internal Task<OpenEngine> OpenAsync(CancellationToken cancellation) => _engine.GetAsync(cancellation);

    /// <summary>To be called with the owner's token cancelled.</summary>
    public async ValueTask DisposeAsync()
    {
        // A start that was just cancelled still clears away the daemon it has begun.
        await _engine.SettleAsync();
        if (Current is { } engine)
        {
            await engine.Images.SettleAsync();
            _web.Dispose();
            if (_source is null)
                await RemoveContainersAsync(engine);
            engine.Connection.Dispose();
        }

        if (_private is not null)
            await _private.DisposeAsync();
    }

    private async Task RemoveContainersAsync(OpenEngine engine)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        try
        {
            await EngineContainers.RemoveOfRunAsync(engine.Connection, RunId, limit.Token);
        }
        catch (Exception e)
        {
            // An engine that went away took its containers along, or keeps them for `clean` to find.
            Remark($"containers of the run could not be looked for: {EngineErrors.OneLine(e)}");
        }
    }

    private async Task<OpenEngine> StartAsync(CancellationToken cancellation)
    {
        var connection = await (_source is null ? ConnectAsync(cancellation) : _source.StartAsync(cancellation));
        // Containers of an engine that ends with the run need nobody to remove them.
        if (_source is null)
            await _guard.SendAsync(new GuardLine.Containers(connection.Endpoint.Address.OriginalString, EngineContainers.Own, connection.Endpoint.Tls is { } tls ? Path.GetFullPath(tls.Folder) : ""));
        var facts = await connection.FactsAsync(cancellation);
        if (_source is not null)
            facts = facts with { Name = _source.Name };
        if (!_options.Engines.IsEmpty)
            facts = facts with { Endpoint = connection.Endpoint.Class };
        // Two engines of one name, product and version can be on two machines; what either is called is nobody's business.
        if (!connection.Endpoint.HasLocalAddress && !connection.Endpoint.IsInOwnMachine && facts.Told?.Host is { Length: > 0 } host)
            facts = facts with { Machine = HostFacts.NameOf(host) };
        foreach (var remark in EngineLimits.Remarks(facts, connection.Endpoint))
            Remark(remark);
        var search = EngineSearch.FromEnvironment(_options.EngineUri);
        var images = new EngineImages(connection, _options.Messages);
        var credentials = new DockerCredentials(search.DockerFolder, DockerCredentials.AskAsync, _options.Messages);
        return new OpenEngine(
            connection,
            facts,
            Userlands(images, connection.Endpoint.Identity, credentials),
            images,
            credentials,
            new FilesystemExport(connection, _options.RunId, _paths));
    }

    /// <summary>Pulls through an engine, with the user's logins.</summary>
    internal RegistryPull Registries(EnginePull pull, DockerCredentials credentials, PullTally? tally = null)
    {
        var manifests = new RegistryManifests(_web, credentials.FindAsync);
        return new RegistryPull(pull, credentials.FindAsync, RetryAfterAsync, _options.Messages, TimeProvider.System, tally);

        // The engine, which met the limit, does not hand on what was asked.
        async Task<TimeSpan?> RetryAfterAsync(ImageReference reference, CancellationToken cancellation)
        {
            var (allowance, _) = await manifests.AllowanceAsync(reference, cancellation);
            return allowance?.RetryAfter
                ?? await RateLimit.AskAsync(_web, reference.Host, DateTimeOffset.UtcNow, cancellation)
                ?? (allowance is { Remaining: 0, Window: { } window } ? window : null);
        }
    }

    private UserlandImages Userlands(EngineImages images, string? place, DockerCredentials credentials)
    {
        var tally = new PullTally(_options.PullProgress, TimeProvider.System);
        var pulled = new PulledImages(images, place, _paths, _options.KeepImages ? null : _options.RunId, Remark);
        UserlandImages? userlands = null;
        var forecast = new PullForecast(
            token => userlands!.ToPullAsync(token),
            _options.Waves,
            new RegistryManifests(_web, credentials.FindAsync),
            async token => (await images.ArchitectureAsync(token), await images.StoreAsync(token)),
            tally,
            _options.Messages);
        // By the first pull, for all of them.
        var told = new AsyncOnce<bool>(forecast.TryTellAsync, _owner);
        var sources = new ImageSources(
            images,
            Registries(async (reference, login, words, token) => await images.PullAsync(reference, login, words, token), credentials, tally),
            async (reference, token) =>
            {
                await told.GetAsync(token);
                await pulled.BeginAsync(reference, token);
            },
            pulled.BeginAsync,
            Layers,
            _options.Images,
            _options.Messages);
        return userlands = new UserlandImages(images, sources, pulled, _options, _owner);
    }

    private async Task<EngineConnection> ConnectAsync(CancellationToken cancellation)
    {
        var search = EngineSearch.FromEnvironment(_named is { IsPrivate: false } ? _named.Where : _options.EngineUri);
        if (_named is not { IsPrivate: true } && await EngineLocator.FindAsync(search, cancellation) is { } found)
            return found;
        return _named?.Name == RuntimeNames.Podman ? await StartPodmanAsync(cancellation) : await StartDockerAsync(search, cancellation);
    }

    private async Task<EngineConnection> StartPodmanAsync(CancellationToken cancellation)
    {
        await _provisioner.EnsureAsync(Provisioner.PrivatePodman, cancellation);
        if (EngineLocator.NoPrivatePodman(_paths) is { } reason)
            throw new HarnessException(reason);
        if (!OperatingSystem.IsLinux())
            throw new PlatformNotSupportedException();
        await _guard.SendAsync(new GuardLine.PrivateEngine(_paths.Root));
        _private = await PrivatePodman.JoinAsync(_paths, _options.Messages, cancellation);
        return await PrivatePodman.OpenAsync(_paths, cancellation);
    }

    private async Task<EngineConnection> StartDockerAsync(EngineSearch search, CancellationToken cancellation)
    {
        await _provisioner.EnsureAsync(Provisioner.Everything, cancellation);
        if (EngineLocator.NoPrivateDaemon(search, _paths) is { } reason)
            throw new HarnessException(reason);
        if (!OperatingSystem.IsLinux())
            throw new PlatformNotSupportedException();
        // Told before the daemon is started: it must not outlive a harness that is killed while starting it.
        await _guard.SendAsync(new GuardLine.PrivateEngine(_paths.Root));
        _private = await PrivateDaemon.JoinAsync(_paths, _options.Messages, cancellation);
        return await EngineConnection.OpenAsync(PrivateDaemon.EndpointOf(_paths), TimeSpan.FromSeconds(10), cancellation);
    }
}
