namespace Harness.Core.Journaling;

/// <summary>The paths of a run's folder: the contract between running and everything after it.</summary>
/// <param name="Root">The folder's absolute path.</param>
public sealed record RunFolder(string Root)
{
    /// <summary>The format of everything in the folder.</summary>
    public const int SchemaVersion = 1;

    /// <summary>Of <c>raw/&lt;sandbox&gt;.frames</c>: what the sandbox's agent wrote.</summary>
    public const string FramesExtension = "frames";

    /// <summary>Of <c>raw/&lt;sandbox&gt;.key</c>: the key of its channel, 32 hex digits and a line feed.</summary>
    public const string KeyExtension = "key";

    /// <summary>The run's id: the folder's name.</summary>
    public string RunId => Path.GetFileName(Root);

    /// <summary>The plan and what it was made from.</summary>
    public string PlanJson => Path.Combine(Root, "plan.json");

    /// <summary>YAML, SQL and probes as they were run: <c>schema.sql</c>, <c>&lt;experiment&gt;/experiment.yaml</c>, <c>&lt;experiment&gt;/verdict.sql</c>, <c>probes/</c>.</summary>
    public string Definitions => Path.Combine(Root, "definitions");

    /// <summary>What verdicts know of runtimes, userlands and kernels: <see cref="DefinitionTables"/>.</summary>
    public ImmutableArray<string> DefinitionsCsv => [.. DefinitionTables.All.Select(table => Path.Combine(Definitions, table.Name))];

    /// <summary>One row a trial.</summary>
    public string TrialsCsv => Path.Combine(Root, "trials.csv");

    /// <summary>One row a reading.</summary>
    public string ObservationsCsv => Path.Combine(Root, "observations.csv");

    /// <summary>Derived: one row a claim and scope.</summary>
    public string VerdictsCsv => Path.Combine(Root, "verdicts.csv");

    /// <summary>Derived: one row a check of the method.</summary>
    public string ChecksCsv => Path.Combine(Root, "checks.csv");

    /// <summary>Derived: measured trials that count for no claim, one row a reason; not there where the run's SQL does not say.</summary>
    public string NotCountedCsv => Path.Combine(Root, "not_counted.csv");

    /// <summary>Derived: the rows behind each verdict, <c>&lt;claim&gt;.csv</c>, and behind each check of the method, <c>&lt;name&gt;.csv</c>.</summary>
    public string Evidence => Path.Combine(Root, "evidence");

    /// <summary>Derived: what samples of timed experiments say, <c>&lt;experiment&gt;.csv</c> and <c>&lt;experiment&gt;-pairs.csv</c>; there where an experiment has such.</summary>
    public string Statistics => Path.Combine(Root, "statistics");

    /// <summary>Derived: the tables of experiments, <c>&lt;id&gt;.csv</c>; there where an experiment has such.</summary>
    public string Tables => Path.Combine(Root, "tables");

    /// <summary>One JSON file a host.</summary>
    public string Environments => Path.Combine(Root, "environments");

    /// <summary>Which image each userland was, by digest or content hash.</summary>
    public string UserlandsLock => Path.Combine(Root, "userlands.lock.json");

    /// <summary>Which release and files each kernel was.</summary>
    public string KernelsLock => Path.Combine(Root, "kernels.lock.json");

    /// <summary>Derived: SVG and PNG.</summary>
    public string Figures => Path.Combine(Root, "figures");

    /// <summary>Derived: the report.</summary>
    public string ReportMd => Path.Combine(Root, "report.md");

    /// <summary>Derived: the same as a page for browsers.</summary>
    public string ReportHtml => Path.Combine(Root, "report.html");

    /// <summary>Messages of the run.</summary>
    public string Log => Path.Combine(Root, "log.txt");

    /// <summary>What sandboxes wrote, byte for byte: <c>&lt;sandbox&gt;.frames</c>, its key <c>&lt;sandbox&gt;.key</c>, and of virtual machines <c>&lt;sandbox&gt;.console.log</c>.</summary>
    public string Raw => Path.Combine(Root, "raw");

    /// <summary>What images hold: <c>&lt;hex of the image's digest&gt;.csv</c>, a <see cref="FilesystemTable"/> each.</summary>
    public string Filesystems => Path.Combine(Raw, "filesystems");

    /// <summary>How kernels were configured: a <see cref="KernelOptionTable"/> each.</summary>
    public string KernelOptions => Path.Combine(Raw, "kernels");

    /// <summary>What an export took out of the run; there in exported folders alone.</summary>
    public string RedactedCsv => Path.Combine(Root, "redacted.csv");

    /// <summary>Of an exported folder: its tables described for other programs (Frictionless Data Package).</summary>
    public string DataPackage => Path.Combine(Root, "datapackage.json");

    /// <summary>Of an exported folder: who ran what with which software (RO-Crate).</summary>
    public string Crate => Path.Combine(Root, "ro-crate-metadata.json");

    /// <summary>Locked by the process that writes the run, and gone when it ends.</summary>
    public string Lock => Path.Combine(Root, ".lock");

    /// <summary>SHA-256 of every file of the folder but itself, in the format of sha256sum.</summary>
    public string Sums => Path.Combine(Root, "SHA256SUMS");
}
