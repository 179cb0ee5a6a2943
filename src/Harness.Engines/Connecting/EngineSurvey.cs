using Harness.Core;
using Harness.Core.Model;
using Harness.Engines.Endpoints;

namespace Harness.Engines.Connecting;

/// <summary>An engine that a host has, or a place where one was looked for.</summary>
/// <param name="Where">Its address, without a login; of an engine with a name, that name before it.</param>
/// <param name="FoundBy">What led there, as <c>DOCKER_HOST</c>.</param>
public sealed record SurveyedEngine(string Where, string FoundBy)
{
    /// <summary>What it is; null where it does not answer.</summary>
    public EngineFacts? Facts { get; init; }

    /// <summary>Why it does not answer or cannot be started, with the remedy; null where it does or can.</summary>
    public string? Failure { get; init; }

    /// <summary>Why a run would take it; null where a run takes another.</summary>
    public string? Taken { get; init; }

    /// <summary>Whether it listens at an address of this host.</summary>
    public bool IsHere { get; init; } = true;

    /// <summary>By OCI runtime: what a container under it came to; empty where none was tried.</summary>
    public ImmutableSortedDictionary<string, string> Ran { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}

/// <summary>Looks for every engine of a host: those that the user names, all contexts, and every socket that is known.</summary>
internal static class EngineSurvey
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>All places where something is or should be, in the order in which a run asks them, those that a run does not ask last.</summary>
    internal static async Task<ImmutableArray<SurveyedEngine>> LookAsync(EngineSearch search, CancellationToken cancellation)
    {
        var (named, unusable) = Named(search);
        var unnamed = EngineLocator.Unnamed(search).ToList();
        ImmutableArray<EngineEndpoint> places = [.. named is null ? [] : new[] { named }, .. unnamed, .. DockerContext.Others(search.DockerFolder, search.ContextName), .. RootfulPodman()];
        var asked = await Task.WhenAll(places.DistinctBy(place => place.Address.OriginalString).Select(place => AskAsync(place, cancellation)));
        // A named one that is silent ends the run; of the others the first that answers is taken.
        var taken = unusable is not null ? null : named ?? asked.FirstOrDefault(one => one.Engine.Facts is not null && unnamed.Any(place => place.Address == one.Endpoint.Address)).Endpoint;
        return
        [
            .. unusable is null ? [] : new[] { unusable },
            .. asked.Select(one => one.Endpoint.Address != taken?.Address ? one.Engine
                : one.Engine with { Taken = named is not null ? $"{one.Endpoint.FoundBy} names it" : "nothing names another, and it is the first that answers" }),
        ];
    }

    // An address that is none, or TLS that the harness does not do, is named all the same.
    private static (EngineEndpoint? Endpoint, SurveyedEngine? Unusable) Named(EngineSearch search)
    {
        try
        {
            return (EngineLocator.Named(search), null);
        }
        catch (HarnessException e)
        {
            return (null, new SurveyedEngine("the address that is named", "--engine, DOCKER_HOST or the current context") { Failure = e.Message, Taken = "it is named, and so no other is looked for" });
        }
    }

    // Podman's for root, which no run asks unless it is named: Docker's clients do not look there.
    private static IEnumerable<EngineEndpoint> RootfulPodman() => File.Exists(KnownSockets.RootfulPodman)
        ? [EngineEndpoint.Parse("unix://" + KnownSockets.RootfulPodman, EngineEndpoint.ByKnownSocket("Podman"))]
        : [];

    private static async Task<(EngineEndpoint Endpoint, SurveyedEngine Engine)> AskAsync(EngineEndpoint endpoint, CancellationToken cancellation)
    {
        var found = new SurveyedEngine(endpoint.Shown, endpoint.FoundBy + (endpoint.Context is { } context ? $" '{context}'" : "")) { IsHere = endpoint.HasLocalAddress };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(2 * Patience);
        try
        {
            using var connection = await EngineConnection.OpenAsync(endpoint, Patience, limit.Token);
            return (endpoint, found with { Facts = await connection.FactsAsync(limit.Token) });
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            return (endpoint, found with { Failure = e is HarnessException ? e.Message : $"it does not say what it is ({e.Message.ReplaceLineEndings(" ")}): see its log" });
        }
    }
}
