using Harness.Analysis;
using Harness.Core.Journaling;
using Harness.Core.Running;
using Harness.Host.Facts;
using Harness.Runtimes;

namespace Harness.Runs;

/// <summary>What a run's <c>environments/</c> says of this host.</summary>
/// <param name="folder">The run.</param>
/// <param name="version">The harness's.</param>
/// <param name="repository">Of which it is a commit; null where there is none.</param>
/// <param name="file">The run's plan.</param>
/// <param name="runtimes">Its engines.</param>
/// <param name="clock">Begun with the run.</param>
internal sealed class RunEnvironment(RunFolder folder, string version, string? repository, PlanFile file, RuntimeSet runtimes, ClockWatch clock)
{
    /// <summary>Writes what is known by now: the engine only once it was asked.</summary>
    internal async Task WriteAsync(CancellationToken cancellation)
    {
        var tool = await HostFacts.ToolAsync(version, repository, file.Arguments, file.Seed, file.CreatedAtUtc, cancellation);
        var environment = HostFacts.Gather(tool) with { Engine = runtimes.Engine, Engines = runtimes.Engines, EngineInVm = runtimes.EngineInVm, Remarks = [.. runtimes.Remarks, .. clock.Remarks] };
        Directory.CreateDirectory(folder.Environments);
        EnvironmentFiles.Write(folder, environment);
    }
}
