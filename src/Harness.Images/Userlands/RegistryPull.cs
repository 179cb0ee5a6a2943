using System.Collections.Concurrent;
using Harness.Core.Model;
using Harness.Engines.Contract;

namespace Harness.Images.Userlands;

/// <summary>Has an engine pull one image.</summary>
internal delegate Task EnginePull(string reference, RegistryLogin login, IProgress<EngineWord> words, CancellationToken cancellation);

/// <summary>How long a registry that refused an image asks to wait, or null where it does not say.</summary>
internal delegate Task<TimeSpan?> RetryAfter(ImageReference reference, CancellationToken cancellation);

/// <summary>
/// Pulls images through the engine, with the user's logins, a few at a time from each registry. A registry that cannot be reached, or that
/// limits requests beyond waiting, is found out once, not once per image.
/// </summary>
internal sealed class RegistryPull(
    EnginePull pull, Func<string, CancellationToken, Task<RegistryLogin>> login, RetryAfter retryAfter, IProgress<string> messages, TimeProvider time, PullTally? tally = null)
{
    /// <summary>Until the registry's first word.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>Between two words. Engines report progress many times a second, and while they wait to try again.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(2);

    private readonly ConcurrentDictionary<string, RegistryTurns> _turns = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _hopeless = new(StringComparer.Ordinal);

    /// <summary>Pulls one image. Null: it is there; else one line that says why not.</summary>
    internal async Task<string?> PullAsync(ImageReference reference, CancellationToken cancellation)
    {
        var turns = _turns.GetOrAdd(reference.Host, _ => new RegistryTurns());
        await turns.BeginAsync(cancellation);
        try
        {
            if (_hopeless.TryGetValue(reference.Host, out var known))
                return known;
            tally?.Began();
            string? failure = "it was broken off";
            try
            {
                failure = await TryAsync(reference, cancellation);
            }
            finally
            {
                tally?.Ended(failure is null);
            }

            if (!IsHopeless(reference))
                turns.Answered();
            return failure;
        }
        finally
        {
            turns.End();
        }
    }

    /// <summary>Whether a registry was found not to answer, or to limit requests beyond waiting, rather than to lack an image.</summary>
    internal bool IsHopeless(ImageReference reference) => _hopeless.ContainsKey(reference.Host);

    private async Task<string?> TryAsync(ImageReference reference, CancellationToken cancellation)
    {
        messages.Report($"pulling {reference.Full}");
        var spent = TimeSpan.Zero;
        for (var attempt = 0; ; attempt++)
        {
            var failure = await OnceAsync(reference, cancellation);
            if (failure is null || !RateLimit.Speaks(failure))
                return failure;
            // Another pull found it out while this one was under way.
            if (_hopeless.TryGetValue(reference.Host, out var known))
                return known;
            var asked = await retryAfter(reference, cancellation);
            if (RateLimit.Next(attempt, asked, spent) is not { } wait)
                return Remember(reference, RegistryWait.Limit(reference.Host, time.GetUtcNow() + asked, time.GetUtcNow()));

            messages.Report($"{reference.Host} limits requests: waiting {wait.TotalSeconds:0} s");
            await Task.Delay(wait, time, cancellation);
            spent += wait;
        }
    }

    private async Task<string?> OnceAsync(ImageReference reference, CancellationToken cancellation)
    {
        using var silence = new CancellationTokenSource(Patience, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation, silence.Token);
        var spoken = false;
        // Each of the registry's words renews the limit.
        var progress = new EngineProgress(word =>
        {
            spoken = true;
            silence.CancelAfter(Silence);
            tally?.Take(word);
        });
        string why;
        try
        {
            await pull(reference.Full, await login(reference.Host, limit.Token), progress, limit.Token);
            if (progress.Error is null)
                return null;
            why = progress.Error;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return spoken
                ? Remember(reference, $"the registry {reference.Host} fell silent for {Silence.TotalSeconds:0} s")
                : Remember(reference, $"the registry {reference.Host} does not answer in {Patience.TotalSeconds:0} s");
        }
        // An engine that breaks off in the middle of a word, or goes away: that image is not there, and the run goes on.
        catch (EngineException e)
        {
            why = e.Message;
        }

        return EngineErrors.IsUnreachable(why) ? Remember(reference, MissingImage.Unreachable(reference.Host, why)) : $"{reference.Full}: {why}";
    }

    private string Remember(ImageReference reference, string reason) => _hopeless[reference.Host] = reason;
}
