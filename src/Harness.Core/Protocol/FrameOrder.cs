namespace Harness.Core.Protocol;

/// <summary>Which frame may follow which: a hello, then probes one after the other, then a bye.</summary>
internal sealed class FrameOrder
{
    private uint _next;
    private ushort? _open;

    internal bool HasEnded { get; private set; }

    /// <summary>Takes a frame into account. Returns a sentence where it must not come here, else null.</summary>
    internal string? Accept(uint sequence, Frame frame)
    {
        if (sequence != _next)
        {
            return $"Frame {sequence} came where frame {_next} was due.";
        }

        var reason = frame switch
        {
            HelloFrame { Protocol: not 1 } hello => $"The agent speaks version {hello.Protocol} of the protocol, not 1.",
            HelloFrame => _next == 0 ? null : "A second hello frame came.",
            _ when _next == 0 => "The first frame is not a hello.",
            ProbeStartedFrame => _open is null ? null : "A probe started before the one before it had ended.",
            ProbeFrame about => about.Probe == _open ? null : $"A frame is about the probe {about.Probe}, which is not running.",
            ByeFrame when _open is not null => "The bye frame came before the running probe had ended.",
            ByeFrame bye => bye.FramesBefore == _next ? null : $"The bye frame counts {bye.FramesBefore} frames where {_next} came.",
            _ => null,
        };
        if (reason is null)
        {
            _next++;
            _open = frame switch { ProbeStartedFrame started => started.Probe, ProbeEndedFrame => null, _ => _open };
            HasEnded = frame is ByeFrame;
        }

        return reason;
    }
}
