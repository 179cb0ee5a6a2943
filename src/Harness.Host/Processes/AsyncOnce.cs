namespace Harness.Host.Processes;

/// <summary>
/// Work done at most once and shared by all who ask. It runs under the owner's token, so that one caller's
/// cancellation ends only that caller's waiting.
/// </summary>
internal sealed class AsyncOnce<T>(Func<CancellationToken, Task<T>> work, CancellationToken owner)
{
    private readonly Lazy<Task<T>> _task = new(() => Task.Run(() => work(owner), owner));

    /// <summary>Whether anybody has asked.</summary>
    internal bool IsStarted => _task.IsValueCreated;

    /// <summary>The result, once somebody asked and it came out well; else the default.</summary>
    // Of a task that has ended: nothing is waited for.
    internal T? ResultOrDefault => _task is { IsValueCreated: true, Value.IsCompletedSuccessfully: true } ? _task.Value.Result : default;

    /// <summary>Waits until no work is under way, however it ends: after cancelling the owner's token, before what the work uses goes away.</summary>
    internal Task SettleAsync() =>
        _task.IsValueCreated ? _task.Value.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default) : Task.CompletedTask;

    /// <summary>Starts the work or joins it.</summary>
    internal Task<T> GetAsync(CancellationToken cancellation) => _task.Value.WaitAsync(cancellation);
}
