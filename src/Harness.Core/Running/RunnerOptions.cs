using Harness.Core.Definitions;
using Harness.Core.Model;

namespace Harness.Core.Running;

/// <summary>How the runner works.</summary>
/// <param name="Parallel">Sandboxes at a time where nothing is timed.</param>
/// <param name="Timeout">Each probe's timeout instead of the experiment's, or null.</param>
/// <param name="Time">The clock.</param>
public sealed record RunnerOptions(int Parallel, TimeSpan? Timeout, TimeProvider Time)
{
    /// <summary>What looks at the machine around timed trials; null: nothing does, and those readings are missing.</summary>
    public IMachineConditions? Conditions { get; init; }

    /// <summary>What carries out driven probes, one a kind.</summary>
    public ImmutableArray<ITrialDriver> Drivers { get; init; } = [];

    /// <summary>Why a cell must not be run here although it could be; null where it may.</summary>
    public Func<Cell, string?> Refusal { get; init; } = _ => null;

    /// <summary>Whether the image that a userland was resolved to is only a stand-in; asked after the cell was prepared.</summary>
    public Func<string, bool> IsStandIn { get; init; } = _ => false;

    /// <summary>Told of each userland once its last sandbox is done.</summary>
    public Func<string, CancellationToken, Task> Release { get; init; } = (_, _) => Task.CompletedTask;

    /// <summary>The most userlands that are prepared at once for what is not timed; see <see cref="Waves"/>.</summary>
    public int WaveSize { get; init; } = Waves.DefaultSize;
}
