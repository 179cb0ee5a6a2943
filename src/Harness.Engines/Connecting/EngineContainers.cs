using System.Net;
using Harness.Engines.Contract;
using Harness.Engines.Endpoints;

namespace Harness.Engines.Connecting;

/// <summary>The labels that mark what the harness made, and finding by them.</summary>
public static class EngineContainers
{
    /// <summary>Every container of every run carries it; the value is the run's id.</summary>
    public const string RunLabel = "harness.run";

    /// <summary>The sandbox's id within the run.</summary>
    public const string SandboxLabel = "harness.sandbox";

    /// <summary>The process that made it, as <see cref="Owner.Text"/>.</summary>
    public const string OwnerLabel = "harness.owner";

    /// <summary>A container's name: the run, and what it is in it.</summary>
    internal static string Name(string run, string what) => $"harness-{run}-{what}";

    /// <summary>The labels of what this process makes for a run.</summary>
    internal static ImmutableArray<(string Name, string Value)> Labels(string run) => [(RunLabel, run), (OwnerLabel, Owner.Current().Text)];

    /// <summary>Removes all containers with a label (<c>name</c> or <c>name=value</c>), running or not. Returns their names.</summary>
    internal static async Task<ImmutableArray<string>> RemoveAsync(EngineConnection connection, string label, CancellationToken cancellation) =>
        await RemoveAsync(connection, await connection.Engine.ListAsync(label, cancellation), cancellation);

    /// <summary>The label, as <c>name=value</c>, of all that this process makes: a run's id can be another run's too.</summary>
    internal static string Own => $"{OwnerLabel}={Owner.Current().Text}";

    /// <summary>
    /// Removes what this process made for a run, and what an earlier process that is gone left of the same run. Another living process may have given
    /// its run the same id.
    /// </summary>
    internal static async Task RemoveOfRunAsync(EngineConnection connection, string run, CancellationToken cancellation)
    {
        var own = Owner.Current().Text;
        var containers = await connection.Engine.ListAsync($"{RunLabel}={run}", cancellation);
        await RemoveAsync(connection, [.. containers.Where(container => container.Labels.GetValueOrDefault(OwnerLabel) == own || IsOrphan(container))], cancellation);
    }

    /// <summary>Removes the containers of runs that are over: those whose maker is gone. Returns their names.</summary>
    internal static async Task<ImmutableArray<string>> RemoveOrphansAsync(EngineConnection connection, CancellationToken cancellation)
    {
        var containers = await connection.Engine.ListAsync(RunLabel, cancellation);
        return await RemoveAsync(connection, [.. containers.Where(IsOrphan)], cancellation);
    }

    private static bool IsOrphan(ContainerSummary container) =>
        !container.Labels.TryGetValue(OwnerLabel, out var owner) || Owner.Parse(owner)?.MayLive(container.IsRunning) != true;

    /// <summary>
    /// Removes all containers of an engine that is the harness's own, before it is ended. One that does not answer is ended all the same; what its
    /// containers leave is swept by path.
    /// </summary>
    internal static async Task RemoveAllAsync(EngineEndpoint endpoint, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(5));
        try
        {
            using var connection = await EngineConnection.OpenAsync(endpoint, TimeSpan.FromSeconds(2), limit.Token);
            await RemoveAsync(connection, await connection.Engine.ListAsync(label: null, limit.Token), limit.Token);
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            _ = e;
        }
    }

    private static async Task<ImmutableArray<string>> RemoveAsync(
        EngineConnection connection, ImmutableArray<ContainerSummary> containers, CancellationToken cancellation)
    {
        await Parallel.ForEachAsync(containers, cancellation, async (container, token) => await RemoveOneAsync(connection, container.Id, token));
        return [.. containers.Select(container => container.Name)];
    }

    /// <summary>Removes one container, running or not, with its anonymous volumes. One that is gone, or going, is as good.</summary>
    internal static async Task RemoveOneAsync(EngineConnection connection, string container, CancellationToken cancellation)
    {
        try
        {
            await connection.Engine.RemoveAsync(container, cancellation);
        }
        catch (EngineException e) when (e.Status is HttpStatusCode.NotFound or HttpStatusCode.Conflict)
        {
            // 409: removal of this container is already in progress.
        }
    }
}
