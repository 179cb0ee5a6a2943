using Harness.Core.Model;

namespace Harness.Core.Planning;

/// <summary>What a runtime makes of a userland.</summary>
public enum RuntimeKind
{
    /// <summary>A plain process on the host's own userland.</summary>
    Process,

    /// <summary>A process on an image's userland, apart from the host's other processes.</summary>
    Container,

    /// <summary>A virtual machine, which boots a kernel of the catalogue.</summary>
    VirtualMachine,
}

/// <summary>
/// A runtime that cells can name: everything that the harness knows of it beside the code that starts its sandboxes. What differs between
/// runtimes is asked of this record, in C# and in SQL (<c>definitions/runtimes.csv</c>), and never of a name.
/// </summary>
/// <param name="Name">As cells have it.</param>
/// <param name="Kind">What it makes of a userland.</param>
/// <param name="Title">What people call it.</param>
public sealed record RuntimeDefinition(string Name, RuntimeKind Kind, string Title)
{
    /// <summary>An OCI runtime: engines can drive it, <c>docker/NAME</c>, and the harness can call it itself, <c>/NAME</c>. The others have no engine.</summary>
    public bool IsOci { get; init; }

    /// <summary>Engines bring it and use it where none is asked for: what a container of another runtime is compared with.</summary>
    public bool IsDefault { get; init; }

    /// <summary>What people mean who say "a container", and nothing else: the ordinary scope of claims about containers.</summary>
    public bool IsUsual { get; init; }

    /// <summary>Its sandboxes' system calls are answered by another kernel than the host's.</summary>
    public bool HasOwnKernel { get; init; }

    /// <summary>
    /// Of a runtime whose kernel says in its own log which it is: the name of the agent's reading that says whether this log is its; null: none does.
    /// </summary>
    public string? KernelLog { get; init; }

    /// <summary>Capabilities that its sandboxes never get, whatever they are given, by name without <c>CAP_</c>.</summary>
    public ImmutableArray<string> WithheldCapabilities { get; init; } = [];

    /// <summary>
    /// Processes of its own program that serve a sandbox from outside: the command that tells one, and what it is for (<c>sentry</c>: its kernel, <c>gofer</c>: its files).
    /// The first command that an argument equals decides.
    /// </summary>
    public ImmutableArray<(string Command, string Part)> Helpers { get; init; } = [];

    /// <summary>Without an engine: what its sandboxes lack that an engine's container has, as a clause for messages; null: nothing that matters.</summary>
    public string? Gap { get; init; }

    /// <summary>The option with which the harness starts it, and that leaves limits of memory and processes unenforced; null: they are enforced.</summary>
    public string? UnlimitedBy { get; init; }

    /// <summary>The program that has to be on PATH, and the Debian package that has it; null: it needs none.</summary>
    public (string Program, string Package)? Tool { get; init; }

    /// <summary>Of an OCI runtime: what its program is always given before the command.</summary>
    public ImmutableArray<string> Arguments { get; init; } = [];

    /// <summary>
    /// What its program is given besides where an ordinary user starts it, in a user namespace (<c>rootless=yes</c>); null: the harness does not start it so.
    /// </summary>
    public ImmutableArray<string>? RootlessArguments { get; init; }

    /// <summary>Of an OCI runtime: the file in its state folder by which its containers are told from another's, <c>{id}</c> for a container's id.</summary>
    public string? StateFile { get; init; }

    /// <summary>Memory that one sandbox may take beside what its programs are allowed, bytes: what a fleet's budget reckons with.</summary>
    public long OverheadBytes { get; init; } = 32L << 20;

    /// <summary>What its sandboxes typically take, for the forecast of a run's time.</summary>
    public RuntimeCost Cost { get; init; } = new(0.3, 0.05);

    /// <summary>How cells name it that have no engine.</summary>
    public string DirectName => IsOci ? "/" + Name : Name;

    /// <summary>The spelling of <see cref="Kind"/> in tables and SQL.</summary>
    public string KindText => Kind switch
    {
        RuntimeKind.Process => "process",
        RuntimeKind.Container => "container",
        _ => "vm",
    };
}

/// <summary>What a runtime's sandbox typically takes, as seen on hosts of two to sixteen cores.</summary>
/// <param name="Start">From the call until its agent runs, without an engine, seconds.</param>
/// <param name="Probe">Each of its probes, seconds.</param>
public sealed record RuntimeCost(double Start, double Probe)
{
    /// <summary>The start by an engine; null: no longer.</summary>
    public double? EngineStart { get; init; }

    /// <summary>Both, where the processor is emulated; null: it never is.</summary>
    public (double Start, double Probe)? Emulated { get; init; }

    /// <summary>How many times as long a start takes beside others: a machine that boots keeps a core busy.</summary>
    public double Crowded { get; init; } = 1;

    /// <summary>Start and probe in a cell.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="isAlone">Nothing else runs at the same time.</param>
    public (double Start, double Probe) In(Cell cell, bool isAlone)
    {
        var (start, probe) = cell.Accelerator == "tcg" && Emulated is { } emulated ? emulated : (cell.Engine.Length > 0 ? EngineStart ?? Start : Start, Probe);
        return (isAlone ? start : start * Crowded, probe);
    }
}
