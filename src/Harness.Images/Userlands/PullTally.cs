using Harness.Engines.Contract;

namespace Harness.Images.Userlands;

/// <summary>How far the pulls of a run are.</summary>
/// <param name="Images">Images that are there.</param>
/// <param name="ImagesPlanned">Images to pull; 0 where that is not known.</param>
/// <param name="Bytes">Compressed bytes fetched.</param>
/// <param name="BytesPlanned">All bytes to fetch: from the manifests, else of the layers that are known so far.</param>
/// <param name="Elapsed">In which something was pulled.</param>
public sealed record PullState(int Images, int ImagesPlanned, long Bytes, long BytesPlanned, TimeSpan Elapsed)
{
    /// <summary>What is left, by the rate so far; null where too little is known.</summary>
    public TimeSpan? Left => Bytes <= 0 || BytesPlanned < Bytes || Elapsed <= TimeSpan.Zero ? null : Elapsed * ((BytesPlanned - Bytes) / (double)Bytes);
}

/// <summary>Adds up what an engine says of the layers that it fetches. Layers that images share count once.</summary>
internal sealed class PullTally(IProgress<PullState>? observer, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (long Done, long Total)> _layers = new(StringComparer.Ordinal);
    private TimeSpan _before;
    private long _begin;
    private int _underWay;
    private long _told;
    private int _images;
    private int _imagesPlanned;
    private long _bytesPlanned;

    /// <summary>What is to come, where it was found out.</summary>
    internal void Plan(int images, long bytes)
    {
        lock (_gate)
            (_imagesPlanned, _bytesPlanned) = (images, bytes);
    }

    /// <summary>Takes one of the engine's words.</summary>
    internal void Take(EngineWord word)
    {
        if (word is not { Layer: { Length: > 0 } layer, Status: { } status })
            return;
        lock (_gate)
        {
            var (done, total) = _layers.GetValueOrDefault(layer);
            if (status == "Downloading" && word.Total is > 0 and var all)
                _layers[layer] = (Math.Max(done, word.Current ?? 0), all);
            else if (status is "Download complete" or "Pull complete")
                _layers[layer] = (total, total);
            Tell(isLast: false);
        }
    }

    /// <summary>A pull begins.</summary>
    internal void Began()
    {
        lock (_gate)
        {
            // Between waves nothing is pulled: that is no part of the rate.
            if (_underWay++ == 0)
                _begin = time.GetTimestamp();
        }
    }

    /// <summary>A pull has ended.</summary>
    internal void Ended(bool isThere)
    {
        lock (_gate)
        {
            if (--_underWay == 0)
                _before += time.GetElapsedTime(_begin);
            _images += isThere ? 1 : 0;
            Tell(isLast: isThere && _images == _imagesPlanned);
        }
    }

    private void Tell(bool isLast)
    {
        if (observer is null || _layers.Count == 0 || (!isLast && _told != 0 && time.GetElapsedTime(_told) < Interval))
            return;
        _told = time.GetTimestamp();
        var fetched = _layers.Values.Sum(layer => layer.Done);
        observer.Report(new PullState(_images, _imagesPlanned, fetched, Math.Max(_bytesPlanned, _layers.Values.Sum(layer => layer.Total)), _before + (_underWay > 0 ? time.GetElapsedTime(_begin) : TimeSpan.Zero)));
    }
}
