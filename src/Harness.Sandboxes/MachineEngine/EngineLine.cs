using System.Diagnostics;
using System.Text;
using Harness.Core.Running;

namespace Harness.Sandboxes.MachineEngine;

/// <summary>What a VM with an engine says on its second serial line: how far it has come.</summary>
internal sealed class EngineLine : IChannelSink
{
    private const int Longest = 4096;

    private readonly Lock _gate = new();
    private readonly List<byte> _bytes = [];
    private long? _first;

    /// <summary>When the first of it came; null as long as nothing has.</summary>
    internal long? FirstTimestamp
    {
        get
        {
            lock (_gate)
                return _first;
        }
    }

    /// <summary>Its last line; empty as long as there is none.</summary>
    internal string Last
    {
        get
        {
            lock (_gate)
            {
                var lines = Encoding.Latin1.GetString([.. _bytes]).Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
                return SandboxText.Shorten(SandboxText.Printable(Encoding.Latin1.GetBytes(lines.LastOrDefault(""))), 200);
            }
        }
    }

    /// <inheritdoc/>
    public bool Write(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            _first ??= Stopwatch.GetTimestamp();
            _bytes.AddRange(bytes);
            if (_bytes.Count > Longest)
                _bytes.RemoveRange(0, _bytes.Count - Longest);
        }

        return true;
    }
}
