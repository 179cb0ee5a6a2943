using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Core.Running;
using Harness.Engines.Contract;

namespace Harness.Instruments.Pulling;

/// <summary>An engine that holds no image but the one being pulled.</summary>
internal interface IPullEngine : IAsyncDisposable
{
    /// <summary>Pulls an image of which nothing is there, and removes it again.</summary>
    Task<PullEnding> PullAsync(PullSource.Found source, CancellationToken cancellation);
}

/// <summary>How a pull ended.</summary>
/// <param name="Outcome">Ok, or why there is no number.</param>
/// <param name="Detail">Why, in one line; empty where it ended well.</param>
/// <param name="Ns">From the request until the engine said that the image is there, ns.</param>
/// <param name="Present">Layers that the engine said it had already.</param>
internal sealed record PullEnding(Outcome Outcome, string Detail, long Ns, int Present);

/// <summary>
/// Drives pull probes: what getting a cell's image from its registry costs. Into an engine of their own, which has nothing: images
/// that this run or another one uses stay where they are, and no layer of theirs makes a pull cheaper.
/// </summary>
/// <param name="find">Where the image of a cell can be pulled from.</param>
/// <param name="open">Starts the engine; disposing it leaves nothing.</param>
internal sealed class PullDriver(
    Func<DrivenTrials, CancellationToken, Task<PullSource>> find, Func<DrivenTrials, CancellationToken, Task<IPullEngine>> open) : ITrialDriver
{
    /// <inheritdoc/>
    public ProbeKind Kind => ProbeKind.Pull;

    /// <inheritdoc/>
    public async Task<ImmutableArray<TrialResult>> RunAsync(DrivenTrials work, CancellationToken cancellation)
    {
        var found = await find(work, cancellation);
        if (found is not PullSource.Found source)
        {
            var reason = ((PullSource.Missing)found).Reason;
            return [.. work.Trials.Select(trial => Begun(work, trial) with { Outcome = Outcome.Unavailable, Detail = reason })];
        }

        var results = ImmutableArray.CreateBuilder<TrialResult>();
        await using var engine = await open(work, cancellation);
        foreach (var trial in work.Trials)
            results.Add(await RunAsync(work, trial, engine, source, cancellation));
        return results.ToImmutable();
    }

    private static async Task<TrialResult> RunAsync(DrivenTrials work, PlannedTrial trial, IPullEngine engine, PullSource.Found source, CancellationToken cancellation)
    {
        var conditions = work.Options.Conditions is null ? null : await work.Options.Conditions.BeginAsync(cancellation);
        var result = Begun(work, trial);
        var patience = work.Options.Timeout ?? work.Probe.Timeout ?? work.Experiment.Timeout;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(patience);
        PullEnding ending;
        try
        {
            ending = await engine.PullAsync(source, limit.Token);
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            // It costs this trial; what was measured before it stays.
            return limit.IsCancellationRequested
                ? result with { Outcome = Outcome.Timeout, Detail = $"the image was not there after {patience.TotalSeconds:0} s" }
                : result with { Outcome = Outcome.Broken, Detail = $"the engine failed: {EngineErrors.OneLine(e)}" };
        }

        if (ending.Outcome != Outcome.Ok)
            return result with { Outcome = ending.Outcome, Detail = ending.Detail.ReplaceLineEndings(" ") };
        ImmutableArray<Observation> readings =
        [
            Observation.Number("pull_ns", "", ending.Ns),
            Observation.Number("pull_bytes", "", source.Manifest.Bytes),
            Observation.Number("pull_layers", "", source.Manifest.Layers.Length),
            Observation.Number("pull_layers_present", "", ending.Present),
            Observation.OfText("pull_source", "", source.Reference.Full),
            .. conditions?.End() ?? [],
        ];
        return result with { Observations = [.. readings.Where(reading => work.Experiment.Metrics.Any(metric => metric.Id == reading.Metric))] };
    }

    private static TrialResult Begun(DrivenTrials work, PlannedTrial trial) =>
        new() { Trial = trial, Outcome = Outcome.Ok, ImageDigest = work.Ready.ImageDigest, StartedAt = work.Options.Time.GetUtcNow() };
}
