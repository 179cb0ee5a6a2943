using Harness.Core;
using Harness.Core.Model;
using Harness.Core.Running;

namespace Harness.Benchmarks.Measuring;

/// <summary>Looks at what came of a run: the time of one that did not do its work says nothing.</summary>
internal sealed class OutcomeWatch : IRunObserver
{
    private int _passed;
    private volatile TrialResult? _unmeasured;

    /// <summary>Trials that ended well.</summary>
    internal int Passed => _passed;

    /// <summary>Asks that every trial was carried out, whatever it found.</summary>
    /// <exception cref="HarnessException">One was not.</exception>
    internal void Check()
    {
        if (_unmeasured is { } result)
        {
            throw new HarnessException($"a trial was not carried out: {result.Trial.Probe}: {result.Outcome.Text()}: {result.Detail}");
        }
    }

    /// <inheritdoc/>
    public void Begin(int planned, int committed)
    {
    }

    /// <inheritdoc/>
    public void Message(string text)
    {
    }

    /// <inheritdoc/>
    public void Committed(TrialResult result)
    {
        if (!result.Outcome.IsMeasured())
        {
            _unmeasured = result;
        }
        else if (result.Outcome == Outcome.Ok)
        {
            Interlocked.Increment(ref _passed);
        }
    }
}
