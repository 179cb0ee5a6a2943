using Harness.Core.Model;
using Harness.Core.Protocol;

namespace Harness.Core.Running;

/// <summary>What the agent's builtin <c>treatment</c> saw in its sandbox, by fact (docs/agent-protocol.md).</summary>
public sealed class TreatmentFacts
{
    /// <summary>The agent's builtin.</summary>
    public const string Builtin = "treatment";

    /// <summary>Its place in an agent's plan, which no trial has.</summary>
    public const ushort Index = Frame.MaxProbe;

    private const string Metric = "seen";

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, string> _facts = new(StringComparer.Ordinal);

    /// <summary>The probe that reads them.</summary>
    public static BuiltinProbe Probe => new(Index, _patience, 4096, Builtin);

    /// <summary>A plan of nothing else: what proves a cell, or a runtime.</summary>
    public static AgentPlan Plan => new() { Probes = [Probe] };

    /// <summary>Whether any came.</summary>
    public bool Any => _facts.Count > 0;

    /// <summary>A fact, or null.</summary>
    public string? this[string fact] => _facts.GetValueOrDefault(fact);

    /// <summary>Takes a frame where it is one of them.</summary>
    public void Take(Frame frame)
    {
        if (frame is TextFrame { Probe: Index, Metric: Metric } text)
        {
            _facts[SandboxText.Printable(System.Text.Encoding.UTF8.GetBytes(text.Subject))] = SandboxText.Printable(text.Text.Span);
        }
    }

    /// <summary>Facts as a test has them.</summary>
    public static TreatmentFacts Of(params (string Fact, string Value)[] facts)
    {
        var result = new TreatmentFacts();
        foreach (var (fact, value) in facts)
        {
            result._facts[fact] = value;
        }

        return result;
    }
}

/// <summary>Says what a sandbox's treatment was, once what its agent saw is known.</summary>
/// <param name="facts">What it saw; none where it did not live to tell.</param>
public delegate ImmutableArray<TreatmentReading> TreatmentJudge(TreatmentFacts facts);

/// <summary>A channel of which the facts alone are of interest.</summary>
public sealed class TreatmentChannel(ChannelKey key) : IChannelSink
{
    private readonly FrameReader _reader = new(key);
    private readonly TreatmentFacts _facts = new();

    /// <summary>What came, after the end. A stream that broke proves nothing of what came before either.</summary>
    public TreatmentFacts Facts => _reader.Complete() is { IsCutOff: false } ? new TreatmentFacts() : _facts;

    /// <inheritdoc/>
    public bool Write(ReadOnlySpan<byte> bytes)
    {
        foreach (var frame in _reader.Push(bytes))
        {
            _facts.Take(frame);
        }

        return _reader.Error is null;
    }
}
