using Harness.Core.Model;
using Harness.Core.Running;

namespace Harness.Instruments.Footprint;

/// <summary>Sandboxes of one cell that hold at the same time. Disposing it ends all of them and returns when they are gone.</summary>
internal sealed class Fleet(DrivenTrials work, PlannedTrial trial) : IAsyncDisposable
{
    // An engine that is asked to remove sixty at a time answers none of them in the time that a removal may take.
    private const int EndedAtATime = 8;

    private readonly List<FleetMember> _members = [];

    /// <summary>Those that hold, or may yet after a start that was cancelled, in the order of their starts.</summary>
    public IReadOnlyList<FleetMember> Members => _members;

    /// <summary>Starts more, so many at a time. Answers why those that do not hold don't: they are gone, the others stay.</summary>
    public async Task<ImmutableArray<string>> StartAsync(int more, int parallel, CancellationToken cancellation)
    {
        var started = Enumerable.Range(0, more).Select(_ => Make()).ToImmutableArray();
        _members.AddRange(started);
        var failures = new List<(FleetMember Member, string Reason)>();
        await Parallel.ForEachAsync(started, new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = cancellation }, async (member, token) =>
        {
            if (await member.StartAsync(token) is { } reason)
            {
                lock (failures)
                    failures.Add((member, reason));
            }
        });
        foreach (var (member, _) in failures)
        {
            _members.Remove(member);
            await member.EndAsync();
            member.Dispose();
        }

        return [.. failures.Select(failure => failure.Reason.ReplaceLineEndings(" "))];
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Parallel.ForEachAsync(_members, new ParallelOptions { MaxDegreeOfParallelism = EndedAtATime }, async (member, _) =>
        {
            await member.EndAsync();
            member.Dispose();
        });
        _members.Clear();
    }

    private FleetMember Make() =>
        new(SandboxStart.For([trial], work.Experiment, work.Files, work.Ready, work.Options.Timeout), work.Runtime, work.Options.Time);
}
