using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Core.Protocol;

namespace Harness.Core.Running;

/// <summary>Turns a userland into a running probe agent. One instance serves all cells of its engine and runtime, in parallel.</summary>
public interface IRuntime
{
    /// <summary>The cell's <c>engine</c> column: <c>docker</c>, or empty.</summary>
    string Engine { get; }

    /// <summary>The cell's <c>runtime</c> column.</summary>
    string Runtime { get; }

    /// <summary>
    /// Gets everything ready that must not happen inside a trial: the image is fetched or built, the runtime proved to exist.
    /// Never throws for what the machine lacks: that is <see cref="Preparation.Unavailable"/>.
    /// </summary>
    Task<Preparation> PrepareAsync(Cell cell, IProgress<string> messages, CancellationToken cancellation);

    /// <summary>
    /// Starts one sandbox with the agent as its entry point, hands it the plan, copies what the agent writes to
    /// <paramref name="channel"/> as it comes, and removes the sandbox before it returns, whatever happened.
    /// Cancellation ends and removes the sandbox and then throws.
    /// </summary>
    Task<SandboxEnd> RunAsync(SandboxRequest request, IChannelSink channel, CancellationToken cancellation);
}

/// <summary>Where a runtime puts what the agent writes. Calls come one after the other.</summary>
public interface IChannelSink
{
    /// <summary>Takes the next bytes. False: enough was read (the stream is broken or done), the runtime may stop the sandbox.</summary>
    bool Write(ReadOnlySpan<byte> bytes);
}

/// <summary>What a runtime answers about a cell before any trial.</summary>
public abstract record Preparation
{
    private Preparation()
    {
    }

    /// <summary>The cell can be run.</summary>
    /// <param name="ImageDigest"><c>sha256:…</c> of the image, or empty where there is none.</param>
    public sealed record Ready(string ImageDigest) : Preparation
    {
        /// <summary>The architecture of the agent that runs there, as uname has it: the harness's own programs must be of it. Empty: not known.</summary>
        public string Architecture { get; init; } = "";

        /// <summary>Whether what was done to its sandboxes can be seen: then each end of one judges that.</summary>
        public bool ShowsTreatment { get; init; }

        /// <summary>One line on why no program of the image's can be run there, only the agent's own probes; null where programs can.</summary>
        public string? BuiltinsOnly { get; init; }
    }

    /// <summary>A precondition is missing.</summary>
    /// <param name="Reason">One line naming what is missing and, where there is one, the remedy.</param>
    public sealed record Unavailable(string Reason) : Preparation
    {
        /// <summary>Whether all was there, and a sandbox was tried and did not run.</summary>
        public bool WasTried { get; init; }
    }

    /// <summary>Preparing ended in a way that nobody foresaw, or what ran was not what was asked for: nothing is known of the cell.</summary>
    /// <param name="Reason">One line.</param>
    public sealed record Failed(string Reason) : Preparation;
}

/// <summary>What a sandbox is to run.</summary>
public sealed record SandboxRequest
{
    /// <summary>Unique within the run; the runtime derives its container's name from it.</summary>
    public required string SandboxId { get; init; }

    /// <summary>Where.</summary>
    public required Cell Cell { get; init; }

    /// <summary>The image digest that <see cref="IRuntime.PrepareAsync"/> answered.</summary>
    public required string ImageDigest { get; init; }

    /// <summary>The key of the sandbox's channel. It reaches the agent and nothing else in the sandbox, and is on no command line.</summary>
    public required ChannelKey Key { get; init; }

    /// <summary>The text of the agent's plan (docs/agent-protocol.md), its paths under <c>/.harness</c>.</summary>
    public required string AgentPlan { get; init; }

    /// <summary>Files to copy beside the agent, by name below <c>/.harness</c>.</summary>
    public required ImmutableSortedDictionary<string, ImmutableArray<byte>> Files { get; init; }

    /// <summary>The harness's own programs to copy beside the agent, executable, by name below <c>/.harness</c>.</summary>
    public ImmutableSortedDictionary<string, ImmutableArray<byte>> Programs { get; init; } = ImmutableSortedDictionary<string, ImmutableArray<byte>>.Empty;

    /// <summary>What it may use.</summary>
    public required Limits Limits { get; init; }

    /// <summary>After this the runtime ends the sandbox itself: the sum of the probes' timeouts and a margin for starting.</summary>
    public required TimeSpan Deadline { get; init; }

    /// <summary>Whether starting is what is measured: then what can be done before the start or left out is not done within it.</summary>
    public bool Timed { get; init; }
}

/// <summary>How a sandbox ended, seen from outside.</summary>
public abstract record SandboxEnd
{
    private SandboxEnd()
    {
    }

    /// <summary>Readings the harness took from outside (its own clocks before start and after the end, …); they are added to every trial of the sandbox.</summary>
    public ImmutableArray<Observation> HostReadings { get; init; } = [];

    /// <summary>Says what was done to it; null where nobody looked. Of a timed sandbox nobody looks: see <see cref="CellProof"/>.</summary>
    public TreatmentJudge? Treatment { get; init; }

    /// <summary>What else it left for <c>raw/</c>, as a virtual machine's console.</summary>
    public ImmutableArray<RawFile> RawFiles { get; init; } = [];

    /// <summary>The entry point ended.</summary>
    /// <param name="ExitCode">Its status as the runtime reports it.</param>
    /// <param name="OutOfMemory">Whether the memory limit ended something in it.</param>
    public sealed record Exited(int ExitCode, bool OutOfMemory) : SandboxEnd;

    /// <summary>The runtime refused to start it: a property of the cell, as a missing loader or a wrong architecture.</summary>
    public sealed record Refused(string Reason) : SandboxEnd;

    /// <summary>It was still there at its deadline and was ended.</summary>
    public sealed record DeadlineExceeded : SandboxEnd;

    /// <summary>The whole sandbox crashed, as a guest whose kernel panicked: a result, like a program's crash.</summary>
    public sealed record Crashed(string Reason) : SandboxEnd;

    /// <summary>The engine or the harness failed.</summary>
    public sealed record Failed(string Reason) : SandboxEnd;
}

/// <summary>Bytes for the run's <c>raw/</c> folder, kept beside the sandbox's frames.</summary>
/// <param name="Extension">What follows the sandbox's id in the file's name, as <c>console.log</c>.</param>
/// <param name="Content">As they came.</param>
public sealed record RawFile(string Extension, ImmutableArray<byte> Content);
