using Harness.Engines.Connecting;
using Harness.Host.Processes;
using Harness.Sandboxes.Treatments;

namespace Harness.Runtimes.Diagnosis;

/// <summary>What a check of <c>doctor</c> came to.</summary>
public enum DoctorStatus
{
    /// <summary>There, and it works.</summary>
    Ok,

    /// <summary>Not there.</summary>
    Missing,

    /// <summary>There, and it does not work.</summary>
    Broken,

    /// <summary>Could not be told.</summary>
    Unknown,
}

/// <summary>One check of <c>doctor</c>.</summary>
/// <param name="Check">What was looked at.</param>
/// <param name="Status">What it came to.</param>
/// <param name="Found">What was found, one line.</param>
/// <param name="Needs">What depends on it: experiments and cells; empty where nothing of this repository does.</param>
/// <param name="Remedy">How to fix it, one line; empty where nothing has to be.</param>
public sealed record DoctorRow(string Check, DoctorStatus Status, string Found, string Needs, string Remedy);

/// <summary>What <c>doctor</c> looks at, gathered before it is judged.</summary>
public sealed record DoctorFacts
{
    /// <summary>The machine's kernel.</summary>
    public required Core.Model.KernelFacts Kernel { get; init; }

    /// <summary>As uname has it.</summary>
    public required string Architecture { get; init; }

    /// <summary>The engine; null where none answers.</summary>
    public Core.Model.EngineFacts? Engine { get; init; }

    /// <summary>Every engine that was found or could be started, in the order in which a run asks them.</summary>
    public ImmutableArray<SurveyedEngine> Engines { get; init; } = [];

    /// <summary>Where its containers run and by which signs, as a sentence without its end; null where nobody asked.</summary>
    public string? EnginePlace { get; init; }

    /// <summary>Whether they run on this system's kernel; null where that is not known.</summary>
    public bool? SharesKernel { get; init; }

    /// <summary>Whether Docker can be booted in a VM of the harness, which is not tried; null where nobody asked.</summary>
    public RuntimeAnswer? EngineInVm { get; init; }

    /// <summary>How the engine is reached: <c>over ssh to lab</c>; null where none answers.</summary>
    public string? Reached { get; init; }

    /// <summary>Why there is no engine, with the remedy; else empty.</summary>
    public string NoEngine { get; init; } = "";

    /// <summary>By runtime: whether a container ran under it.</summary>
    public ImmutableSortedDictionary<string, RuntimeAnswer> Runtimes { get; init; } = ImmutableSortedDictionary<string, RuntimeAnswer>.Empty;

    /// <summary>By runtime that needs no engine, as <c>/runc</c>, virtual machines included: whether a sandbox of it ran, and was what it was asked to be.</summary>
    public ImmutableSortedDictionary<string, RuntimeAnswer> Direct { get; init; } = ImmutableSortedDictionary<string, RuntimeAnswer>.Empty;

    /// <summary>Whether a guest boots under KVM.</summary>
    public RuntimeAnswer Kvm { get; init; } = new(null, "not tried");

    /// <summary>Whether there is a probe agent for this machine.</summary>
    public bool HasAgent { get; init; } = true;

    /// <summary>By registry: whether it answered.</summary>
    public ImmutableSortedDictionary<string, RuntimeAnswer> Registries { get; init; } = ImmutableSortedDictionary<string, RuntimeAnswer>.Empty;

    /// <summary>Where mmdebstrap is, or null.</summary>
    public string? Mmdebstrap { get; init; }

    /// <summary>Where a static busybox is, or null.</summary>
    public string? Busybox { get; init; }

    /// <summary>The Debian mirror: its address as the source of the answer; not tried where none is known.</summary>
    public RuntimeAnswer Mirror { get; init; } = new(null, "");

    /// <summary>The cache's folder.</summary>
    public required string Cache { get; init; }

    /// <summary>Bytes that are free there, or null.</summary>
    public long? FreeBytes { get; init; }
}
