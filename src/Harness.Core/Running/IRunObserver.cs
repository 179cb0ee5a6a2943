using Harness.Core.Model;

namespace Harness.Core.Running;

/// <summary>Watches a run, to show it. Calls may come from several threads at once.</summary>
public interface IRunObserver
{
    /// <summary>How many trials there are and how many of them have their row already.</summary>
    void Begin(int planned, int committed);

    /// <summary>Something a user should read, one line.</summary>
    void Message(string text);

    /// <summary>A trial has its row.</summary>
    void Committed(TrialResult result);
}
