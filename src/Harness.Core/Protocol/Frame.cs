namespace Harness.Core.Protocol;

/// <summary>One message of the probe agent; a closed set, described in docs/agent-protocol.md.</summary>
public abstract record Frame
{
    /// <summary>The longest body of a frame, in bytes.</summary>
    public const int MaxBody = 65_536;

    /// <summary>The largest index of a probe; the next number stands for none.</summary>
    public const ushort MaxProbe = 0xFFFE;

    private protected Frame()
    {
    }
}

/// <summary>The first frame. Times are nanoseconds of the sandbox's clocks at the agent's first instruction;
/// a clock that the kernel lacks is a negative errno.</summary>
/// <param name="Protocol">The version of the protocol, 1.</param>
/// <param name="FirstMonotonicNs">CLOCK_MONOTONIC.</param>
/// <param name="FirstBoottimeNs">CLOCK_BOOTTIME.</param>
/// <param name="ProcessId">The agent's process id, as it sees it.</param>
/// <param name="Architecture"><c>x86_64</c> or <c>aarch64</c>.</param>
/// <param name="AgentVersion">The agent's own version.</param>
public sealed record HelloFrame(
    uint Protocol,
    long FirstMonotonicNs,
    long FirstBoottimeNs,
    uint ProcessId,
    string Architecture,
    string AgentVersion) : Frame;

/// <summary>A frame about one probe.</summary>
/// <param name="Probe">The index that the plan gave it, at most <see cref="Frame.MaxProbe"/>.</param>
public abstract record ProbeFrame(ushort Probe) : Frame;

/// <summary>The agent takes up a probe, at this monotonic time.</summary>
public sealed record ProbeStartedFrame(ushort Probe, long MonotonicNs) : ProbeFrame(Probe);

/// <summary>A reading that is a number, in the metric's unit.</summary>
public sealed record NumberFrame(ushort Probe, string Metric, string Subject, long Value) : ProbeFrame(Probe);

/// <summary>A reading that is a text.</summary>
public sealed record TextFrame(ushort Probe, string Metric, string Subject, RawBytes Text) : ProbeFrame(Probe);

/// <summary>Bytes that the probe's program wrote, to standard output (1) or standard error (2).</summary>
public sealed record OutputFrame(ushort Probe, byte Channel, RawBytes Bytes) : ProbeFrame(Probe);

/// <summary>The end of a probe.</summary>
/// <param name="Probe">The probe's index.</param>
/// <param name="Kind">How it ended.</param>
/// <param name="Code">The exit status, the signal or the errno, by <paramref name="Kind"/>; else 0.</param>
/// <param name="StartedNs">Monotonic time of the exec.</param>
/// <param name="EndedNs">Monotonic time at which the agent saw the exit.</param>
/// <param name="Detail">What could not be executed and, where that is known, what is missing; or what failed.</param>
public sealed record ProbeEndedFrame(
    ushort Probe,
    EndKind Kind,
    int Code,
    long StartedNs,
    long EndedNs,
    string Detail) : ProbeFrame(Probe);

/// <summary>The last frame.</summary>
/// <param name="FramesBefore">The number of frames before this one.</param>
public sealed record ByeFrame(uint FramesBefore) : Frame;

/// <summary>How a probe ended. The numbers are the protocol's.</summary>
public enum EndKind
{
    /// <summary>It exited; the code is its status.</summary>
    Exited = 0,

    /// <summary>A signal killed it; the code is the signal's number.</summary>
    Signaled = 1,

    /// <summary>It ran into its timeout and was killed.</summary>
    TimedOut = 2,

    /// <summary>It wrote more than its output limit; what came before the limit was reported.</summary>
    OutputLimit = 3,

    /// <summary>It could not be executed; the code is the errno, the detail the path and what is missing.</summary>
    Refused = 4,

    /// <summary>The agent failed; the code is the errno, the detail what failed.</summary>
    AgentFailed = 5,
}
