using Harness.Core.Model;

namespace Harness.Sandboxes.Treatments;

/// <summary>What one witness says of an aspect.</summary>
/// <param name="Holds">Whether what was asked for took effect; null: it cannot tell.</param>
/// <param name="Seen">What took effect.</param>
/// <param name="Witness">Who says so.</param>
internal sealed record Word(bool? Holds, string Seen, string Witness);

/// <summary>Judges one aspect by what witnesses say, the best one first, the engine last.</summary>
internal static class Aspect
{
    /// <summary>The engine as a witness.</summary>
    internal const string Inspect = "the engine's inspect";

    /// <summary>The agent as a witness: it reads its own kernel.</summary>
    internal const string Status = "/proc/self/status in the sandbox";

    /// <summary>The reading.</summary>
    /// <param name="aspect">Its name.</param>
    /// <param name="asked">What was asked for.</param>
    /// <param name="words">What witnesses beside the engine say.</param>
    /// <param name="engine">What the engine says; null: it was not asked, or there is none.</param>
    internal static TreatmentReading Judge(string aspect, string asked, IEnumerable<Word?> words, Word? engine = null)
    {
        var all = words.OfType<Word>().ToImmutableArray();
        // One that contradicts outweighs all that agree.
        if ((all.FirstOrDefault(word => word.Holds == false) ?? (engine?.Holds == false ? engine : null)) is { } against)
            return new TreatmentReading(aspect, asked, against.Seen, TreatmentState.Contradicted, against.Witness);
        var agreeing = all.Where(word => word.Holds == true).ToImmutableArray();
        if (!agreeing.IsEmpty)
            return new TreatmentReading(aspect, asked, agreeing[0].Seen, TreatmentState.Proven, string.Join(" and ", agreeing.Select(word => word.Witness).Distinct()));
        return engine?.Holds == true
            ? new TreatmentReading(aspect, asked, engine.Seen, TreatmentState.EngineWord, engine.Witness)
            : new TreatmentReading(aspect, asked, "", TreatmentState.OnlyAsked, "");
    }
}
