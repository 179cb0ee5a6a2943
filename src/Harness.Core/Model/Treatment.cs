namespace Harness.Core.Model;

/// <summary>What is known of one aspect of a treatment.</summary>
public enum TreatmentState
{
    /// <summary>It took effect: a witness says so that is neither the engine's word nor the experiment's own question.</summary>
    Proven,

    /// <summary>The engine says that it took effect, and nothing else does.</summary>
    EngineWord,

    /// <summary>It was asked for; nothing says what took effect.</summary>
    OnlyAsked,

    /// <summary>Something else took effect.</summary>
    Contradicted,
}

/// <summary>One aspect of what was done to a sandbox: what was asked for, and what took effect.</summary>
/// <param name="Aspect"><c>runtime</c>, <c>seccomp</c>, …</param>
/// <param name="Asked">What was asked for.</param>
/// <param name="Seen">What took effect; empty where nothing says so.</param>
/// <param name="State">What that comes to.</param>
/// <param name="Witness">Who says so; empty where nobody does.</param>
public sealed record TreatmentReading(string Aspect, string Asked, string Seen, TreatmentState State, string Witness)
{
    /// <summary>The sentence on an aspect that was contradicted.</summary>
    public string Contradiction => $"{Treatments.ContradictionStart}{Aspect} {Asked}, ran {(Aspect == "runtime" ? "under" : "with")} {Seen} (by {Witness})";
}

/// <summary>How treatments stand in a run's tables: three readings an aspect, whose subject is the aspect's name.</summary>
public static class Treatments
{
    /// <summary>The metric of what was asked for.</summary>
    public const string Asked = "treatment_asked";

    /// <summary>The metric of what took effect.</summary>
    public const string Seen = "treatment_seen";

    /// <summary>The metric of state and witness, as <c>proven: the shim's command line</c>.</summary>
    public const string Proof = "treatment_proof";

    /// <summary>All three. No probe reports them: the harness alone does.</summary>
    public static readonly ImmutableArray<string> Metrics = [Asked, Seen, Proof];

    /// <summary>How the detail of a trial begins that is broken because its treatment was contradicted.</summary>
    public const string ContradictionStart = "asked for ";

    /// <summary>The spelling of a state in tables and SQL.</summary>
    public static string Text(this TreatmentState state) => state switch
    {
        TreatmentState.Proven => "proven",
        TreatmentState.EngineWord => "engine's word",
        TreatmentState.OnlyAsked => "only asked",
        _ => "contradicted",
    };

    /// <summary>The rows of a sandbox's treatment. What nothing was seen of has no second row.</summary>
    public static ImmutableArray<Observation> Observations(IEnumerable<TreatmentReading> readings) =>
    [
        .. readings.SelectMany(reading => new[]
        {
            Observation.OfText(Asked, reading.Aspect, reading.Asked),
            reading.State == TreatmentState.OnlyAsked ? null : Observation.OfText(Seen, reading.Aspect, reading.Seen),
            Observation.OfText(Proof, reading.Aspect, reading.Witness.Length > 0 ? $"{reading.State.Text()}: {reading.Witness}" : reading.State.Text()),
        }).OfType<Observation>(),
    ];

    /// <summary>Why a sandbox was not what its cell says, in one sentence; null where nothing contradicts it.</summary>
    public static string? Contradiction(IEnumerable<TreatmentReading> readings) =>
        readings.FirstOrDefault(reading => reading.State == TreatmentState.Contradicted)?.Contradiction;
}
