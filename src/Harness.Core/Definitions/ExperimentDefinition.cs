namespace Harness.Core.Definitions;

/// <summary>An experiment, as its <c>experiment.yaml</c> states it. Unknown keys were errors when it was read.</summary>
public sealed record ExperimentDefinition
{
    /// <summary>The folder's name: lower-case words joined by <c>-</c>.</summary>
    public required string Id { get; init; }

    /// <summary>One line.</summary>
    public required string Title { get; init; }

    /// <summary>The claims it judges, as <c>C1</c>.</summary>
    public required ImmutableArray<string> Claims { get; init; }

    /// <summary>Timed experiments run one trial at a time on an otherwise idle machine.</summary>
    public required bool Timed { get; init; }

    /// <summary>Whether the file system of every image is listed and hashed, once an image: <c>raw/filesystems/</c>.</summary>
    public bool Filesystem { get; init; }

    /// <summary>Which cells there are.</summary>
    public required MatrixDefinition Matrix { get; init; }

    /// <summary>Globs over cells that the others are compared with: every part of a plan that is cut for several hosts has them. The host's own cells always are.</summary>
    public ImmutableArray<string> Shared { get; init; } = [];

    /// <summary>What runs in each cell, in this order.</summary>
    public required ImmutableArray<ProbeDefinition> Probes { get; init; }

    /// <summary>Every metric a probe may report, by id.</summary>
    public required ImmutableArray<MetricDefinition> Metrics { get; init; }

    /// <summary>Passes over all cells, at least 1.</summary>
    public required int Blocks { get; init; }

    /// <summary>Executions of each probe within a block, at least 1.</summary>
    public required int Repeat { get; init; }

    /// <summary>Leading blocks that are flagged as warm-up, run in addition to <see cref="Blocks"/>.</summary>
    public required int Warmup { get; init; }

    /// <summary>What one probe may take.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>What a sandbox may use.</summary>
    public required Limits Limits { get; init; }

    /// <summary>What <c>--quick</c> changes.</summary>
    public required QuickDefinition Quick { get; init; }

    /// <summary>What <c>--image</c> changes: a user who asks about an image waits for the answer.</summary>
    public QuickDefinition Image { get; init; } = QuickDefinition.Nothing;

    /// <summary>The tables that its section of the report begins with.</summary>
    public ImmutableArray<TableDefinition> Tables { get; init; } = [];

    /// <summary>The figures drawn from the run.</summary>
    public required ImmutableArray<FigureDefinition> Figures { get; init; }

    /// <summary>The folder it was read from.</summary>
    public required string Folder { get; init; }
}

/// <summary>The matrix: the product of its lists without what <paramref name="Exclude"/> matches.</summary>
/// <param name="Userlands">Ids from the catalogue.</param>
/// <param name="Kernels"><c>host</c>, ids of kernels, or words for those of the catalogue (<see cref="KernelCatalogue.Select"/>).</param>
/// <param name="Runtimes"><c>host</c>, <c>runc</c>, <c>runsc</c>, ….</param>
/// <param name="Variants">Settings of the treatment; the empty one is the default.</param>
/// <param name="Exclude">Globs over the cell's name.</param>
public sealed record MatrixDefinition(
    ImmutableArray<string> Userlands,
    ImmutableArray<string> Kernels,
    ImmutableArray<string> Runtimes,
    ImmutableArray<string> Variants,
    ImmutableArray<string> Exclude)
{
    /// <summary>What the catalogue adds to <paramref name="Userlands"/>; null: nothing.</summary>
    public UserlandSelection? Selection { get; init; }

    /// <summary>The only userlands that virtual machines boot, unless the user names others; empty: all. A boot costs seconds, a container milliseconds.</summary>
    public ImmutableArray<string> VmUserlands { get; init; } = [];

    /// <summary>The userlands: the named ones first, then those that the catalogue adds.</summary>
    public ImmutableArray<string> UserlandsOf(UserlandCatalogue catalogue, UserlandTier? tier) =>
        Selection is null ? Userlands : [.. Userlands.Union(Selection.From(catalogue, tier))];
}

/// <summary>How a probe is carried out.</summary>
public enum ProbeKind
{
    /// <summary>Code of the agent itself.</summary>
    Builtin,

    /// <summary>A script, run as <c>/bin/sh PATH</c> of the userland.</summary>
    Script,

    /// <summary>A program of the userland with its arguments.</summary>
    Exec,

    /// <summary>A program of the harness's own with its arguments, copied in beside the agent.</summary>
    Program,

    /// <summary>A builtin of the agent, started by a second instrument (BenchmarkDotNet), all blocks of a cell in a row.</summary>
    Benchmark,

    /// <summary>A builtin of the agent in many sandboxes at a time, looked at from outside.</summary>
    Fleet,

    /// <summary>No program: an engine gets the cell's image from its registry. All blocks of a cell in a row, after every start.</summary>
    Pull,
}

/// <summary>A program run in a cell.</summary>
/// <param name="Id">Unique within the experiment.</param>
/// <param name="Kind">How it is carried out.</param>
/// <param name="Command">The builtin's name, with what a fleet's driver is told; the script's path relative to the experiments folder; the program's path in the userland, or the name of one of the harness's own, and arguments. Empty for a pull.</param>
/// <param name="Timeout">Its own limit, or null for the experiment's.</param>
/// <param name="About">One line: what it asks.</param>
public sealed record ProbeDefinition(string Id, ProbeKind Kind, ImmutableArray<string> Command, TimeSpan? Timeout, string About)
{
    /// <summary>Globs over the cell's name: the cells it runs in. Empty: all of them.</summary>
    public ImmutableArray<string> Cells { get; init; } = [];

    /// <summary>The harness's own programs that a script finds beside it.</summary>
    public ImmutableArray<string> Programs { get; init; } = [];

    /// <summary>The harness's own programs that have to be there for it: the one it is, or those a script calls.</summary>
    public ImmutableArray<string> OwnPrograms => Kind == ProbeKind.Program ? [Command[0]] : Programs;

    /// <summary>Whether the program is the build for another architecture than the sandbox's: what happens then is the question.</summary>
    public bool Foreign { get; init; }

    /// <summary>Whether it is carried out by a driver of its own, which starts its sandboxes if it has any, rather than by the agent of the cell's one.</summary>
    public bool IsDriven => Kind is ProbeKind.Benchmark or ProbeKind.Fleet or ProbeKind.Pull;

    /// <summary>Whether the agent becomes another program for it: the image's own, or one that the image's loader or shell may run.</summary>
    public bool RunsPrograms => Kind is ProbeKind.Script or ProbeKind.Exec or ProbeKind.Program;

    /// <summary>Whether its trials of all blocks are one piece of work, done when all blocks are through.</summary>
    public bool IsAfterBlocks => Kind is ProbeKind.Benchmark or ProbeKind.Pull;
}

/// <summary>Whether a metric's readings are numbers or texts.</summary>
public enum MetricType
{
    /// <summary>Readings fill <c>value</c>.</summary>
    Number,

    /// <summary>Readings fill <c>text</c>.</summary>
    Text,
}

/// <summary>A metric that probes may report.</summary>
/// <param name="Id">Unique within the experiment.</param>
/// <param name="Type">Number or text.</param>
/// <param name="Unit">The unit as CSV has it (<c>ns</c>, <c>s</c>, <c>bytes</c>); empty for counts and texts.</param>
/// <param name="Meaning">One line.</param>
public sealed record MetricDefinition(string Id, MetricType Type, string Unit, string Meaning);

/// <summary>What a sandbox may use.</summary>
/// <param name="MemoryBytes">Memory including swap, bytes.</param>
/// <param name="Pids">Processes and threads.</param>
/// <param name="OutputBytes">What one probe may write to its two streams together, bytes.</param>
public sealed record Limits(long MemoryBytes, int Pids, int OutputBytes);

/// <summary>What <c>--quick</c> or <c>--image</c> changes; null keeps the full setting.</summary>
public sealed record QuickDefinition(int? Blocks, int? Repeat, int? Warmup, ImmutableArray<string>? Userlands, ImmutableArray<string>? Kernels, ImmutableArray<string>? Runtimes, ImmutableArray<string>? Variants)
{
    /// <summary>Changes nothing.</summary>
    public static QuickDefinition Nothing { get; } = new(null, null, null, null, null, null, null);

    /// <summary>These settings, and where they are silent those of <paramref name="other"/>.</summary>
    public QuickDefinition Over(QuickDefinition other) => new(
        Blocks ?? other.Blocks, Repeat ?? other.Repeat, Warmup ?? other.Warmup,
        Userlands ?? other.Userlands, Kernels ?? other.Kernels, Runtimes ?? other.Runtimes, Variants ?? other.Variants);
}

/// <summary>A figure drawn from a query over the run.</summary>
/// <param name="Id">The file's name without extension.</param>
/// <param name="Kind">The kind of figure: <c>matrix</c>, ….</param>
/// <param name="Title">What a reader sees first.</param>
/// <param name="Caption">What it shows; the harness adds n, machine and date.</param>
/// <param name="Sql">A query over the views of <c>schema.sql</c>; its columns are fixed by the kind.</param>
public sealed record FigureDefinition(string Id, string Kind, string Title, string Caption, string Sql)
{
    /// <summary>The claim that it stands with in the report; null: the experiment's first.</summary>
    public string? Claim { get; init; }
}

/// <summary>A table made by a query over the run: a CSV file, and a table of the report.</summary>
/// <param name="Id">The file's name without extension.</param>
/// <param name="Title">What a reader sees first.</param>
/// <param name="Caption">What it shows, and what its words mean.</param>
/// <param name="Sql">A query over the views of <c>schema.sql</c> and the experiment's own; its columns are the table's.</param>
public sealed record TableDefinition(string Id, string Title, string Caption, string Sql);
