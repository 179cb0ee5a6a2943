namespace Harness.Images.Userlands;

/// <summary>
/// How many pulls a registry gets at a time: one until it has answered, so that the others profit from what the first finds out, then a few.
/// </summary>
internal sealed class RegistryTurns : IDisposable
{
    /// <summary>A few keep a connection busy while layers are unpacked; an engine itself fetches three layers of an image at a time.</summary>
    internal const int AtATime = 3;

    private readonly SemaphoreSlim _free = new(1, AtATime);
    private int _answered;

    /// <summary>Waits for a turn.</summary>
    internal Task BeginAsync(CancellationToken cancellation) => _free.WaitAsync(cancellation);

    /// <summary>Ends a turn.</summary>
    internal void End() => _free.Release();

    /// <inheritdoc/>
    public void Dispose() => _free.Dispose();

    /// <summary>The registry answers: more may ask.</summary>
    internal void Answered()
    {
        if (Interlocked.Exchange(ref _answered, 1) == 0)
            _free.Release(AtATime - 1);
    }
}
