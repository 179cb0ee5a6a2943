using System.Globalization;
using System.Runtime.Versioning;
using Harness.Core.Model;
using Harness.Core.Running;
using Harness.Core.Seccomp;
using Harness.Host.Processes;
using Harness.Sandboxes.Payload;

namespace Harness.Sandboxes.Seccomp;

/// <summary>
/// Watches a container for the agent's builtin <c>filter</c>, which stands still, reads its seccomp filters from outside, evaluates
/// them with the very arguments of the sweep, and lets it go on. A witness that calls nothing in the container.
/// </summary>
internal sealed class FilterWitness(ImmutableArray<SweepCalls> sweeps)
{
    private const int GoOn = 10;   // SIGUSR1, on amd64 and arm64
    private const string Name = "harness-filter";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);

    /// <summary>The witness that a sandbox's plan asks for; null where it asks for none.</summary>
    internal static FilterWitness? For(SandboxRequest request, AgentFiles agents, string architecture) =>
        request.AgentPlan.Contains("\tbuiltin\tfilter\n", StringComparison.Ordinal) && SweepCalls.Of(agents, architecture) is { IsEmpty: false } sweeps
            ? new FilterWitness(sweeps)
            : null;

    /// <summary>What the filters say, once; then every further waiting probe is let go on until the container ends.</summary>
    /// <param name="container">The process id of the container's first process.</param>
    /// <param name="cancellation">Cancelled when the container has ended.</param>
    [SupportedOSPlatform("linux")]
    internal async Task<ImmutableArray<Observation>> WatchAsync(int container, CancellationToken cancellation)
    {
        ImmutableArray<Observation> readings = [];
        var seen = 0;
        try
        {
            while (!cancellation.IsCancellationRequested)
            {
                if (FindWaiting(container) is { } pid && pid != seen)
                {
                    seen = pid;
                    if (readings.IsEmpty)
                        readings = Witness(pid);
                    _ = Native.Kill(pid, GoOn);
                }

                await Task.Delay(Pause, cancellation);
            }
        }
        catch (OperationCanceledException)
        {
            // The container has ended.
        }

        return readings;
    }

    /// <summary>The readings of filters: their length, what they answer, and for which numbers that depends on arguments.</summary>
    internal ImmutableArray<Observation> Read(ImmutableArray<ImmutableArray<BpfInstruction>> filters)
    {
        var programs = ImmutableArray.CreateBuilder<BpfProgram>(filters.Length);
        foreach (var filter in filters)
        {
            if (BpfProgram.Parse(filter, out var reason) is not { } program)
                return [Unavailable($"the filter is not a program that can be evaluated: {reason}")];
            programs.Add(program);
        }

        var all = new SeccompFilters(programs.ToImmutable());
        return [Observation.Number("filter_instructions", "", programs.Sum(program => program.Length)), .. sweeps.SelectMany(sweep => Answers(all, sweep))];
    }

    private static IEnumerable<Observation> Answers(SeccompFilters all, SweepCalls sweep)
    {
        var answers = sweep.All.Select(call => (call.Number, Result: all.Run(call.Seen))).ToArray();
        return
        [
            Observation.OfText(sweep.Metric, "conditional", SeccompFilters.Ranges(answers.Where(answer => answer.Result.LookedAtArguments).Select(answer => answer.Number))),
            .. answers.GroupBy(answer => SeccompFilters.Name(answer.Result.Value), StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal)
                .Select(group => Observation.OfText(sweep.Metric, group.Key, SeccompFilters.Ranges(group.Select(answer => answer.Number)))),
        ];
    }

    /// <summary>The reading that stands for the filter's where it cannot be read.</summary>
    internal static Observation Unavailable(string reason) => Observation.OfText("unavailable", "filter", reason);

    [SupportedOSPlatform("linux")]
    private ImmutableArray<Observation> Witness(int pid)
    {
        try
        {
            return Read(FilterReader.Read(pid));
        }
        catch (IOException e)
        {
            return [Unavailable(e.Message)];
        }
    }

    /// <summary>The child of the container's first process that bears the probe's name and sleeps.</summary>
    private static int? FindWaiting(int container)
    {
        try
        {
            var id = container.ToString(CultureInfo.InvariantCulture);
            foreach (var child in File.ReadAllText($"/proc/{id}/task/{id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                if (File.ReadAllText($"/proc/{child}/stat").Contains($"({Name}) S", StringComparison.Ordinal))
                    return int.Parse(child, CultureInfo.InvariantCulture);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended, or this kernel lists no children.
        }

        return null;
    }
}
