namespace Harness.Core.Planning;

/// <summary>An engine that cells can name. What differs between engines is asked of this record and never of a name.</summary>
/// <param name="Name">As cells have it.</param>
/// <param name="Title">What people call it.</param>
public sealed record EngineDefinition(string Name, string Title)
{
    /// <summary>The harness boots it in a VM of its own: never what a runtime's name without an engine means, and its cells have an accelerator.</summary>
    public bool IsBooted { get; init; }

    /// <summary>The harness can start one of its own on this host (<c>NAME=private</c>): code of <c>Harness.Engines/PrivateEngine</c>.</summary>
    public bool IsStarted { get; init; }

    /// <summary>The program that listens at its socket, which <c>footprint</c> counts as the engine's own; null: not known, and not counted.</summary>
    public string? Daemon { get; init; }

    /// <summary>
    /// Of an engine whose API takes no runtime, so that all containers run under the one that it was started with: how it gets another,
    /// as a clause with <c>{runtime}</c> for its name; null: it is asked for each runtime by name.
    /// </summary>
    public string? OtherRuntime { get; init; }
}
