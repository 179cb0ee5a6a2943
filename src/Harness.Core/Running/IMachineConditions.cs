using Harness.Core.Model;

namespace Harness.Core.Running;

/// <summary>How quiet the machine is around a timed trial.</summary>
public interface IMachineConditions
{
    /// <summary>Waits a little while for a machine that is not quiet, and looks at it; what is read ends when the answer is asked for.</summary>
    Task<IConditionsReading> BeginAsync(CancellationToken cancellation);
}

/// <summary>A look at the machine that has begun.</summary>
public interface IConditionsReading
{
    /// <summary>The readings <c>load_1m, foreign_cpu, steal_ns, psi_cpu_ns, psi_io_ns, psi_memory_ns, watched_ns</c>, as far as the machine has them, and
    /// <c>disturbance</c> only where it was not quiet.</summary>
    ImmutableArray<Observation> End();
}
