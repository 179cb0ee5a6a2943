using Harness.Core;
using Harness.Core.Planning;
using Harness.Engines.Connecting;
using Harness.Host.Paths;
using Harness.Images.Userlands;

namespace Harness.Runtimes.Diagnosis;

/// <summary>Looks for every engine of this host, and has a container run under each runtime of those that the user named.</summary>
internal static class EnginesVisit
{
    private const string Started = "the harness, which starts it and ends it after a run";

    /// <summary>The engines in the order in which a run asks them; where the user gave names, those first.</summary>
    internal static async Task<ImmutableArray<SurveyedEngine>> LookAsync(RuntimeSet set, RuntimeOptions options, EnginePaths paths, CancellationToken cancellation)
    {
        var search = EngineSearch.FromEnvironment(options.EngineUri);
        var named = ImmutableArray.CreateBuilder<SurveyedEngine>();
        foreach (var engine in options.Engines.Where(engine => !engine.IsInVm))
            named.Add(await AskAsync(set, engine, cancellation));
        var there = await EngineSurvey.LookAsync(search, cancellation);
        if (named.Count > 0)
            there = [.. there.Where(found => options.Engines.All(engine => engine.Where != found.Where)).Select(found => found with { Taken = null })];
        return [.. named, .. there, Docker(search, paths, named.Count == 0 && there.All(found => found.Taken is null)), Podman(paths)];
    }

    private static async Task<SurveyedEngine> AskAsync(RuntimeSet set, NamedEngine engine, CancellationToken cancellation)
    {
        var session = set.Sessions.ByName.First(one => one.Engine == engine.Name).Session;
        var found = new SurveyedEngine($"{engine.Name}={engine.Where}", "--engine") { Taken = "--engine names it" };
        try
        {
            var open = await session.OpenAsync(cancellation);
            found = found with { Facts = open.Facts, IsHere = open.Connection.Endpoint.HasLocalAddress, Where = engine.IsPrivate ? found.Where : $"{engine.Name}={open.Connection.Endpoint.Shown}" };
            if (session.Mismatch(open.Facts, engine.Name) is { } other)
                return found with { Failure = other };
            var ran = await DoctorVisit.RuntimesAsync(set, open.Facts, engine.Name, cancellation);
            return found with { Ran = ran.ToImmutableSortedDictionary(pair => pair.Key, pair => pair.Value.Said, StringComparer.Ordinal) };
        }
        catch (HarnessException e)
        {
            return found with { Failure = e.Message };
        }
    }

    private static SurveyedEngine Docker(EngineSearch search, EnginePaths paths, bool isNext)
    {
        var failure = EngineLocator.NoPrivateDaemon(search, paths);
        return new SurveyedEngine($"{RuntimeNames.Docker}={NamedEngine.Private}", Started)
        {
            Failure = failure,
            Taken = isNext && failure is null ? "nothing names another, and none answers" : null,
        };
    }

    private static SurveyedEngine Podman(EnginePaths paths) => new($"{RuntimeNames.Podman}={NamedEngine.Private}", Started) { Failure = EngineLocator.NoPrivatePodman(paths) };
}
