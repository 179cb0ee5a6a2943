using Harness.Core.Model;
using Harness.Core.Planning;

namespace Harness.Core.Running;

/// <summary>Watches a run, to show it. Calls may come from several threads at once.</summary>
public interface IRunObserver
{
    /// <summary>How many trials there are and how many of them have their row already.</summary>
    void Begin(int planned, int committed);

    /// <summary>What is going to be run, in the plan's order: all that has no row yet.</summary>
    void Running(ImmutableArray<PlannedSandbox> sandboxes)
    {
    }

    /// <summary>So many of the cells that a wave brings are prepared: their images, kernels and tools.</summary>
    void Preparing(Wave wave, int done, int cells)
    {
    }

    /// <summary>A wave is about to run, and these of its sandboxes can: their cells could be prepared.</summary>
    void Prepared(Wave wave, ImmutableArray<PlannedSandbox> ready)
    {
    }

    /// <summary>Work on a sandbox's trials begins.</summary>
    void Started(PlannedSandbox sandbox)
    {
    }

    /// <summary>Work on a sandbox's trials has ended.</summary>
    void Ended(PlannedSandbox sandbox, TimeSpan took)
    {
    }

    /// <summary>Something a user should read, one line.</summary>
    void Message(string text);

    /// <summary>A trial has its row.</summary>
    void Committed(TrialResult result);
}
