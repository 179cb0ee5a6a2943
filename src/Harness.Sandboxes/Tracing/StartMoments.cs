using System.Text.RegularExpressions;

namespace Harness.Sandboxes.Tracing;

/// <summary>A program that was started while a trace ran.</summary>
/// <param name="Process">The process's id.</param>
/// <param name="Ns">When it began to run the program, CLOCK_MONOTONIC.</param>
/// <param name="Arguments">Its command line.</param>
internal sealed record SeenProgram(int Process, long Ns, ImmutableArray<string> Arguments)
{
    /// <summary>When the process ended; null: not while the trace ran.</summary>
    internal long? EndedNs { get; init; }
}

/// <summary>Finds in what was started the moments of one container's start. Pure.</summary>
internal static partial class StartMoments
{
    /// <summary>containerd has started the shim's first process.</summary>
    internal const string Shim = "shim";

    /// <summary>The shim has started the runtime's <c>create</c>.</summary>
    internal const string Create = "runtime_create";

    /// <summary>The runtime's <c>create</c> has ended: the container exists and its program does not run yet.</summary>
    internal const string CreateEnded = "runtime_created";

    /// <summary>The shim has started the runtime's <c>start</c>.</summary>
    internal const string Start = "runtime_start";

    /// <summary>All of them, in order.</summary>
    internal static readonly ImmutableArray<string> All = [Shim, Create, CreateEnded, Start];

    /// <summary>The moments in order; none unless all are there and in this order, since a phase between others' moments would be wrong.</summary>
    /// <param name="programs">In the order of events.</param>
    /// <param name="container">The container's whole id.</param>
    internal static ImmutableArray<(string Subject, long Ns)> Of(IEnumerable<SeenProgram> programs, string container)
    {
        var own = programs.Where(program => program.Arguments.Contains(container, StringComparer.Ordinal)).ToImmutableArray();
        // A runtime with arguments of its own is a script that runs it: one process, of which the first program counts.
        if (own.FirstOrDefault(IsShim) is not { } shim
            || own.FirstOrDefault(program => IsRuntime(program, "create")) is not { EndedNs: { } ended } create
            || own.FirstOrDefault(program => IsRuntime(program, "start")) is not { } start)
        {
            return [];
        }

        return shim.Ns <= create.Ns && create.Ns <= ended && ended <= start.Ns
            ? [(Shim, shim.Ns), (Create, create.Ns), (CreateEnded, ended), (Start, start.Ns)]
            : [];

        // containerd's runtime v2: "… -id ID …", the shim's own "start" last. An OCI runtime's command line ends with the id.
        bool IsShim(SeenProgram program) => ShimName().IsMatch(program.Arguments[0]) && program.Arguments.IndexOf("-id") is >= 0 and var at && at + 1 < program.Arguments.Length && program.Arguments[at + 1] == container;

        bool IsRuntime(SeenProgram program, string command) => program.Arguments[^1] == container && program.Arguments.Contains(command, StringComparer.Ordinal) && !ShimName().IsMatch(program.Arguments[0]);
    }

    [GeneratedRegex(@"(?:^|/)containerd-shim-[a-z0-9-]+$")]
    private static partial Regex ShimName();
}
