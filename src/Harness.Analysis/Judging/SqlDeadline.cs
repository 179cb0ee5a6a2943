using DuckDB.NET.Data;

namespace Harness.Analysis.Judging;

/// <summary>Stops what a database is doing when its time is over, or when the user interrupts.</summary>
internal sealed class SqlDeadline : IDisposable
{
    // Until the statement has ended: DuckDB forgets an interruption that comes between two statements.
    private static readonly TimeSpan _insistence = TimeSpan.FromMilliseconds(50);

    private readonly CancellationToken _interruption;
    private readonly CancellationTokenSource _end;
    private readonly CancellationTokenRegistration _stop;
    private Timer? _insisting;
    private volatile DuckDBCommand? _running;

    internal SqlDeadline(TimeSpan patience, CancellationToken interruption)
    {
        _interruption = interruption;
        _end = CancellationTokenSource.CreateLinkedTokenSource(interruption);
        _stop = _end.Token.Register(() => _insisting = new Timer(_ => Interrupt(), null, TimeSpan.Zero, _insistence));
        _end.CancelAfter(patience);
    }

    /// <summary>Whether the time is over.</summary>
    /// <exception cref="OperationCanceledException">The user interrupted.</exception>
    internal bool IsOver()
    {
        _interruption.ThrowIfCancellationRequested();
        return _end.IsCancellationRequested;
    }

    /// <summary>This is what is to be stopped from now on.</summary>
    internal void Watch(DuckDBCommand command) => _running = command;

    /// <summary>Before the connection goes: from here on nothing may be interrupted that is not there any more.</summary>
    public void Dispose()
    {
        _running = null;
        _stop.Dispose();
        _insisting?.Dispose();
        _end.Dispose();
    }

    private void Interrupt()
    {
        try
        {
            _running?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended by itself.
        }
    }
}
