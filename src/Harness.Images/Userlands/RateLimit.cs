using System.Net;

namespace Harness.Images.Userlands;

/// <summary>How long to wait for a registry that limits requests, at most a minute over all attempts at one image.</summary>
internal static class RateLimit
{
    /// <summary>More than this in all is no waiting any more: whoever started the run should decide.</summary>
    internal static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan First = TimeSpan.FromSeconds(2);

    /// <summary>Whether an engine's message says that the registry answered 429.</summary>
    internal static bool Speaks(string message) =>
        message.Contains("toomanyrequests", StringComparison.OrdinalIgnoreCase) || message.Contains("too many requests", StringComparison.OrdinalIgnoreCase);

    /// <summary>The next wait: what the registry asks for, else twice as long each time; null where that would exceed the bound.</summary>
    /// <param name="attempt">How many there were, from 0.</param>
    /// <param name="asked">Retry-After, or null.</param>
    /// <param name="spent">Waited so far.</param>
    internal static TimeSpan? Next(int attempt, TimeSpan? asked, TimeSpan spent)
    {
        // A registry that asks for no wait at all must not be asked in a tight loop.
        var own = First * Math.Pow(2, attempt);
        var wait = asked is { } stated ? (stated > First ? stated : First) : own;
        return spent + wait <= Bound ? wait : null;
    }

    /// <summary>
    /// Asks a registry for its Retry-After: the engine, which met the limit, does not hand it on. Null where the
    /// registry does not say, does not answer, or does not limit this address.
    /// </summary>
    /// <param name="client">Asks.</param>
    /// <param name="host">As <see cref="ImageReference.Host"/> has it.</param>
    /// <param name="now">For a Retry-After that is a date.</param>
    /// <param name="cancellation">Ends the asking.</param>
    internal static async Task<TimeSpan?> AskAsync(HttpClient client, string host, DateTimeOffset now, CancellationToken cancellation)
    {
        try
        {
            using var answer = await client.GetAsync(await RegistryAddress.FindAsync(client, host, cancellation), HttpCompletionOption.ResponseHeadersRead, cancellation);
            return answer.StatusCode != HttpStatusCode.TooManyRequests ? null
                : answer.Headers.RetryAfter switch
                {
                    { Delta: { } delta } => delta,
                    { Date: { } date } => date - now,
                    _ => null,
                };
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            return null;
        }
    }
}
