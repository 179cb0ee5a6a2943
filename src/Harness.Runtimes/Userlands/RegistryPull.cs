using System.Collections.Concurrent;
using Docker.DotNet;
using Docker.DotNet.Models;
using Harness.Runtimes.Engines;

namespace Harness.Runtimes.Userlands;

/// <summary>Pulls images through the engine. A registry that cannot be reached is found out once, not once per image.</summary>
internal sealed class RegistryPull(EngineConnection connection, IProgress<string> messages)
{
    /// <summary>Until the registry's first word. What comes after may take as long as it takes.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<string, SemaphoreSlim> _turns = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _unreachable = new(StringComparer.Ordinal);

    /// <summary>Pulls one image. Null: it is there; else one line that says why not.</summary>
    internal async Task<string?> PullAsync(ImageReference reference, CancellationToken cancellation)
    {
        // One at a time per registry, so that the others profit from what the first finds out.
        var turn = _turns.GetOrAdd(reference.Registry, _ => new SemaphoreSlim(1, 1));
        await turn.WaitAsync(cancellation);
        try
        {
            if (_unreachable.TryGetValue(reference.Registry, out var known))
                return known;
            return await TryAsync(reference, cancellation);
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task<string?> TryAsync(ImageReference reference, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        // The registry's first word lifts the limit.
        var progress = new EngineProgress(() => limit.CancelAfter(Timeout.InfiniteTimeSpan));
        var name = reference.Registry.Length > 0 ? $"the registry {reference.Registry}" : "the engine's default registry";
        try
        {
            messages.Report($"pulling {reference.Full}");
            await connection.Client.Images.CreateImageAsync(new ImagesCreateParameters { FromImage = reference.Full }, new AuthConfig(), progress, limit.Token);
            return progress.Error is null ? null : $"{reference.Full}: {progress.Error}";
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return Remember(reference, $"{name} does not answer in {Patience.TotalSeconds:0} s");
        }
        catch (DockerApiException e)
        {
            var why = EngineErrors.OneLine(e);
            return EngineErrors.IsUnreachable(why) ? Remember(reference, $"{name} cannot be reached ({why})") : $"{reference.Full}: {why}";
        }
    }

    private string Remember(ImageReference reference, string reason) => _unreachable[reference.Registry] = reason;
}
