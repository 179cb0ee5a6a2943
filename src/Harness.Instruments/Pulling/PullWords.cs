using Harness.Engines.Contract;

namespace Harness.Instruments.Pulling;

/// <summary>Hands on what an engine says while it pulls, and keeps which layers it says it has.</summary>
internal sealed class PullWords(IProgress<EngineWord> next) : IProgress<EngineWord>
{
    private readonly HashSet<string> _present = new(StringComparer.Ordinal);

    /// <summary>Layers that were there already.</summary>
    internal int Present => _present.Count;

    /// <inheritdoc/>
    public void Report(EngineWord value)
    {
        if (value is { Status: "Already exists", Layer: { Length: > 0 } layer })
            _present.Add(layer);
        next.Report(value);
    }
}
