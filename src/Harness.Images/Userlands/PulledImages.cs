using Harness.Engines.Contract;
using Harness.Host.Paths;

namespace Harness.Images.Userlands;

/// <summary>
/// The images that this run itself brought into one of its engines, and no others: neither their reference nor their id was there before. They are removed
/// once nothing of the run needs them. What was there before, and what is about to be pulled, is written down first, so that a run that
/// was killed knows when it is resumed which images are its own.
/// </summary>
internal sealed class PulledImages : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly EngineImages _engine;
    private readonly EnginePaths _paths;
    private readonly string? _place;
    private readonly string _ledger;
    private readonly bool _keep;
    private readonly Action<string> _remark;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly HashSet<string> _before = new(StringComparer.Ordinal);
    private readonly HashSet<string> _pulled = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ImageLease> _leases = new(StringComparer.Ordinal);
    private bool _isRead;

    /// <param name="engine">The engine.</param>
    /// <param name="place">Which one it is among all; null: it ends with the run, and its images with it.</param>
    /// <param name="paths">The cache.</param>
    /// <param name="runId">The run; null: what is pulled stays, as for the commands on images.</param>
    /// <param name="remark">Told of images that could not be removed.</param>
    internal PulledImages(EngineImages engine, string? place, EnginePaths paths, string? runId, Action<string> remark)
    {
        (_engine, _place, _paths, _keep, _remark) = (engine, place, paths, place is null || runId is null, remark);
        // What one engine of a run had before says nothing of another.
        _ledger = Path.Combine(paths.PulledBy, $"{runId ?? "none"}.{ImageLease.Name(place ?? "")}.txt");
    }

    /// <summary>To be called before a reference is pulled.</summary>
    internal async Task BeginAsync(string reference, CancellationToken cancellation)
    {
        if (_keep)
            return;
        await _gate.WaitAsync(cancellation);
        try
        {
            await ReadAsync(begins: true, cancellation);
            if (!_pulled.Contains(reference) && await _engine.InspectAsync(reference, cancellation) is null)
            {
                _pulled.Add(reference);
                await File.AppendAllTextAsync(_ledger, $"pull {reference}\n", cancellation);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Holds an image for this run. False: another run is removing it.</summary>
    internal async Task<bool> HoldAsync(string imageId, CancellationToken cancellation) =>
        _place is null || await HoldKeyAsync(ImageLease.InEngine(_place, imageId), cancellation);

    /// <summary>Holds the files that virtual machines have of an image, from whichever engine of whichever run.</summary>
    /// <param name="imageId">The engine's.</param>
    /// <param name="digest">As rows name it.</param>
    /// <param name="cancellation">Ends it.</param>
    internal async Task HoldFilesAsync(string imageId, string digest, CancellationToken cancellation)
    {
        foreach (var key in _place is null ? [] : new[] { imageId, digest })
            await HoldKeyAsync(key, cancellation);
    }

    private async Task<bool> HoldKeyAsync(string key, CancellationToken cancellation)
    {
        for (var tries = 0; tries < 50; tries++)
        {
            if (TryHold(key))
                return true;
            await Task.Delay(100, cancellation);
        }

        return false;
    }

    private bool TryHold(string key)
    {
        lock (_leases)
        {
            if (_leases.ContainsKey(key))
                return true;
            if (ImageLease.TryShare(_paths, key) is not { } lease)
                return false;
            _leases[key] = lease;
            return true;
        }
    }

    /// <summary>Removes an image that this run pulled, and its files for virtual machines; does nothing for any other. That it cannot be removed is a remark.</summary>
    /// <param name="reference">By which it was pulled.</param>
    /// <param name="imageId">The engine's.</param>
    /// <param name="digest">As rows name it.</param>
    /// <param name="cancellation">Ends it.</param>
    internal async Task RemoveAsync(string reference, string imageId, string digest, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            await ReadAsync(begins: false, cancellation);
            if (_keep || !_pulled.Contains(reference) || _before.Contains(imageId))
                return;
            var key = ImageLease.InEngine(_place!, imageId);
            Release(key);
            using var own = ImageLease.TryOwn(_paths, key);
            if (own is null)
            {
                _remark($"The image {reference} stays in the engine: another run uses it.");
                return;
            }

            await _engine.RemoveReferenceAsync(reference, cancellation);
            DeleteFiles(imageId, digest);
        }
        catch (Exception e) when (e is EngineException or IOException)
        {
            _remark($"The image {reference} stays in the engine, which did not remove it ({EngineErrors.OneLine(e)}): 'docker rmi' removes it.");
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>
    /// Lets go of all images: the run is done with the engine. Where it is finished, what it pulled before it was killed and resumed goes, too.
    /// </summary>
    /// <param name="isFinished">Nothing was left undone: what the run brought is no longer asked for.</param>
    internal async Task EndAsync(bool isFinished)
    {
        using var limit = new CancellationTokenSource(Patience);
        try
        {
            foreach (var reference in isFinished && File.Exists(_ledger) && !_keep ? _pulled.ToList() : [])
            {
                if (await _engine.InspectAsync(reference, limit.Token) is { } image)
                    await RemoveAsync(reference, image.Id, image.Id, limit.Token);
            }
        }
        catch (Exception e) when (e is EngineException or IOException or OperationCanceledException)
        {
            _remark($"Images that the run pulled may be left in the engine ({EngineErrors.OneLine(e)}): 'docker rmi' removes them.");
        }

        lock (_leases)
        {
            foreach (var lease in _leases.Values)
                lease.Dispose();
            _leases.Clear();
        }

        if (isFinished && File.Exists(_ledger))
            File.Delete(_ledger);
    }

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    // Where another engine's session or another run still uses the image, they stay: the last one that removes it deletes them.
    private void DeleteFiles(string imageId, string digest)
    {
        Release(imageId);
        Release(digest);
        using var tar = ImageLease.TryOwn(_paths, imageId);
        using var disk = imageId == digest ? null : ImageLease.TryOwn(_paths, digest);
        if (tar is not null && (disk is not null || imageId == digest))
            MachineFiles.Delete(_paths, imageId, digest);
    }

    private void Release(string key)
    {
        lock (_leases)
        {
            if (_leases.Remove(key, out var lease))
                lease.Dispose();
        }
    }

    // begins: something is about to be pulled. Else, where nothing was written down, nothing was pulled.
    private async Task ReadAsync(bool begins, CancellationToken cancellation)
    {
        if (_isRead || _keep || (!begins && !File.Exists(_ledger)))
            return;
        EnginePaths.CreatePrivate(_paths.PulledBy);
        if (File.Exists(_ledger))
        {
            foreach (var words in (await File.ReadAllLinesAsync(_ledger, cancellation)).Select(line => line.Split(' ', 2)).Where(words => words.Length == 2))
                (words[0] == "pull" ? _pulled : _before).Add(words[1]);
        }
        else
        {
            _before.UnionWith(await _engine.IdsAsync(cancellation));
            await File.WriteAllLinesAsync(_ledger, _before.Select(id => $"there {id}"), cancellation);
        }

        _isRead = true;
    }
}
