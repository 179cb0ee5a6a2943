using Harness.Core.Model;
using Harness.Core.Running;

namespace Harness.Host.Processes;

/// <summary>
/// When what happened to one sandbox, on the CLOCK_MONOTONIC that a sandbox on the same kernel reads too. Readings of the metric
/// <c>stamp_ns</c>, whose subject is the event; experiments that do not declare it never see them.
/// </summary>
internal sealed class Stamps
{
    /// <summary>Directly before the first action that starts a sandbox.</summary>
    internal const string Begin = "begin";

    /// <summary>The sandbox exists and does not run yet.</summary>
    internal const string Created = "created";

    /// <summary>Directly before its start is asked for.</summary>
    internal const string Start = "start";

    /// <summary>The call that starts it has returned.</summary>
    internal const string Started = "started";

    /// <summary>The agent's first bytes have reached the harness.</summary>
    internal const string Arrived = "arrived";

    /// <summary>Its end was seen.</summary>
    internal const string Ended = "ended";

    /// <summary>It is gone.</summary>
    internal const string Removed = "removed";

    private readonly Lock _gate = new();
    private readonly List<(string Metric, string Subject, long Ns)> _marks = new(8);

    /// <summary>All readings so far, in the order of events; none off Linux.</summary>
    internal ImmutableArray<Observation> Readings
    {
        get
        {
            lock (_gate)
                return [.. _marks.Select(mark => Observation.Number(mark.Metric, mark.Subject, mark.Ns))];
        }
    }

    /// <summary>The clock, ns; null off Linux.</summary>
    internal static long? Now() => OperatingSystem.IsLinux() ? HostClock.Monotonic() : null;

    /// <summary>Marks that an event is happening now.</summary>
    internal void Mark(string subject) => Mark(subject, Now());

    /// <summary>Marks when an event happened.</summary>
    internal void Mark(string subject, long? ns)
    {
        if (ns is { } known)
            Add("stamp_ns", subject, known);
    }

    /// <summary>Marks an event unless it has been marked.</summary>
    internal void MarkOnce(string subject)
    {
        lock (_gate)
        {
            if (_marks.Any(mark => mark.Subject == subject))
                return;
        }

        Mark(subject);
    }

    /// <summary>What one exchange with an engine took that does nothing: <c>engine_ping_ns</c>.</summary>
    internal void Ping(TimeSpan elapsed) => Add("engine_ping_ns", "", (long)elapsed.TotalNanoseconds);

    /// <summary>A channel that marks when the first bytes come.</summary>
    internal IChannelSink Watch(IChannelSink channel) => new Arrival(this, channel);

    private void Add(string metric, string subject, long ns)
    {
        lock (_gate)
            _marks.Add((metric, subject, ns));
    }

    private sealed class Arrival(Stamps stamps, IChannelSink channel) : IChannelSink
    {
        private bool _any;

        public bool Write(ReadOnlySpan<byte> bytes)
        {
            if (!_any)
                stamps.Mark(Arrived);
            _any = true;
            return channel.Write(bytes);
        }
    }
}
