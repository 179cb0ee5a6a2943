using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Harness.Core.Journaling;
using Harness.Core.Model;

namespace Harness.Analysis.Comparing;

/// <summary>A condition in which two sides differ.</summary>
/// <param name="What">What it is, as <c>kernel</c>.</param>
/// <param name="Base">The base's; several where its runs differ.</param>
/// <param name="New">The other side's.</param>
/// <param name="Refuses">Whether the sides are not compared because of it, unless the user says so.</param>
public sealed record Unlike(string What, string Base, string New, bool Refuses)
{
    /// <summary>The name of the host's own identity: unlike all others it says nothing of what the host is like.</summary>
    public const string Host = "host";

    /// <summary>Everything in which they differ, what refuses first.</summary>
    /// <param name="before">The base.</param>
    /// <param name="after">The other side.</param>
    /// <param name="hostsKnown">Whether the spread between hosts of one kind is known: then another host of the kind refuses nothing.</param>
    public static ImmutableArray<Unlike> Of(RunSide before, RunSide after, bool hostsKnown)
    {
        var all = ImmutableArray.CreateBuilder<Unlike>();
        Compare(run => run.Hosts.Select(host => (Host, host.HostId)), refuses: !hostsKnown);
        Compare(run => run.Hosts.SelectMany(HostKind), refuses: true);
        Compare(Settings, refuses: true);
        Compare(Tool, refuses: false);
        Compare(Definitions, refuses: false);
        Compare(Images, refuses: false);
        return [.. all.OrderByDescending(unlike => unlike.Refuses)];

        void Compare(Func<ComparedRun, IEnumerable<(string What, string Value)>> facts, bool refuses)
        {
            var (a, b) = (Gather(before, facts), Gather(after, facts));
            // Experiments and userlands that one side lacks are a matter of coverage.
            foreach (var what in a.Keys.Where(b.ContainsKey).Where(what => a[what] != b[what]))
            {
                all.Add(new Unlike(what, a[what], b[what], refuses));
            }
        }
    }

    /// <summary>Whether two runs were made under the same conditions, their hosts' identity apart: what a spread between runs may be learnt from.</summary>
    public static bool IsSameKind(ComparedRun one, ComparedRun other) =>
        Kind(one).SequenceEqual(Kind(other), StringComparer.Ordinal);

    /// <summary>Whether all hosts of these runs are of one kind: only then may one stand for another.</summary>
    public static bool AreOfOneKind(IEnumerable<ComparedRun> runs) =>
        runs.SelectMany(run => run.Hosts).SelectMany(HostKind).Distinct().GroupBy(fact => fact.What, StringComparer.Ordinal).All(fact => fact.Count() == 1);

    private static IEnumerable<string> Kind(ComparedRun run) =>
        run.Hosts.SelectMany(HostKind).Concat(Settings(run)).Select(fact => $"{fact.What}={fact.Value}").Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    private static Dictionary<string, string> Gather(RunSide side, Func<ComparedRun, IEnumerable<(string What, string Value)>> facts) =>
        side.Runs.SelectMany(facts).GroupBy(fact => fact.What, StringComparer.Ordinal)
            .ToDictionary(fact => fact.Key, fact => string.Join(" / ", fact.Select(one => one.Value).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)), StringComparer.Ordinal);

    internal static IEnumerable<(string What, string Value)> HostKind(HostEnvironment host)
    {
        var (os, kernel, hardware) = (host.Os, host.Kernel, host.Hardware);
        yield return ("operating system", $"{os.PrettyName}, {os.Architecture}");
        yield return ("kernel", Said(kernel.Release));
        yield return ("kernel's build", Said(kernel.Version));
        yield return ("kernel's configuration", Short(kernel.ConfigSha256));
        yield return ("kernel's command line", Said(kernel.Cmdline));
        yield return ("vsyscall", Said(kernel.Vsyscall));
        yield return ("clock source", Said(kernel.ClockSource));
        yield return ("LSM", Said(kernel.Lsm));
        yield return ("cgroup version", Number(kernel.CgroupVersion));
        yield return ("processor", Said(hardware.CpuModel));
        yield return ("logical processors", Number(hardware.LogicalCpus));
        yield return ("memory", hardware.MemoryBytes is { } bytes ? string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.0} GiB") : Unknown);
        yield return ("hypervisor", Said(hardware.Hypervisor));
        yield return ("frequency governor", Said(hardware.Governor));
        yield return ("boost", Said(hardware.Boost));
        yield return ("SMT", Said(hardware.Smt));
        yield return ("mitigations", hardware.Mitigations is { } mitigations ? string.Join("; ", mitigations.Select(one => $"{one.Key}: {one.Value}")) : Unknown);
        yield return ("transparent huge pages", Said(hardware.TransparentHugePages));
        yield return ("swap", hardware.SwapBytes is { } swap ? swap > 0 ? "yes" : "none" : Unknown);
        yield return ("memory nodes", Number(hardware.NumaNodes));
        foreach (var fact in host.EnginesByName.IsEmpty ? EngineKind("engine", null) : host.EnginesByName.SelectMany(one => EngineKind($"engine{one.Called}", one.Facts)))
        {
            yield return fact;
        }
    }

    internal static IEnumerable<(string What, string Value)> EngineKind(string called, EngineFacts? engine)
    {
        yield return (called, engine is null ? "none" : $"{engine.Name} {engine.Version}, API {engine.ApiVersion}");
        yield return ($"{called}'s storage", engine is null ? "none" : $"{engine.StorageDriver} {engine.ImageStore}".TrimEnd());
        yield return ($"{called}'s control groups", Said(engine?.Cgroup));
        yield return ($"{called}'s security options", engine is null ? "none" : string.Join(", ", engine.SecurityOptions));
        foreach (var (component, version) in engine?.Components ?? ImmutableSortedDictionary<string, string>.Empty)
        {
            yield return ($"{called}'s {component}", version);
        }
    }

    private static IEnumerable<(string What, string Value)> Settings(ComparedRun run)
    {
        yield return ("--quick", run.Plan.Quick ? "yes" : "no");
        yield return ("--timeout", run.Plan.TimeoutMs is { } ms ? string.Create(CultureInfo.InvariantCulture, $"{ms} ms") : "the experiment's");
        foreach (var experiment in run.Plan.Experiments.Select(run.Definitions.Find))
        {
            var limits = experiment.Limits;
            yield return ($"limits of {experiment.Id}", string.Create(CultureInfo.InvariantCulture, $"memory {limits.MemoryBytes >> 20} MiB, {limits.Pids} processes, output {limits.OutputBytes >> 10} KiB"));
        }
    }

    private static IEnumerable<(string What, string Value)> Tool(ComparedRun run) =>
        run.Hosts.Select(host => ("harness", $"{host.Tool.Version}{(host.Tool.Commit is { } commit ? $", commit {commit[..Math.Min(12, commit.Length)]}" : "")}{(host.Tool.Dirty == true ? " with changes" : "")}"));

    // What a number means follows from these files: where they differ, a reader must know.
    private static IEnumerable<(string What, string Value)> Definitions(ComparedRun run) => run.Plan.Experiments.Select(experiment =>
    {
        var folder = Path.Combine(run.Folder.Definitions, experiment);
        string[] files = [Path.Combine(run.Folder.Definitions, "schema.sql"), .. Directory.Exists(folder) ? Directory.GetFiles(folder).Where(file => !file.EndsWith(".md", StringComparison.Ordinal)) : []];
        var sums = string.Concat(files.Order(StringComparer.Ordinal).Select(file => $"{Path.GetFileName(file)} {Sum(run.Folder, file)}\n"));
        return ($"definition of {experiment}", Short(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sums)))));
    });

    private static string Sum(RunFolder folder, string file)
    {
        PlainFolder.RequireFile(folder.Root, file);
        if (!File.Exists(file))
        {
            return "";
        }

        using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static IEnumerable<(string What, string Value)> Images(ComparedRun run) =>
        run.Trials.Where(trial => trial.ImageDigest.Length > 0).Select(trial => ($"image of {Cell.Parse(trial.Cell).Userland}", trial.ImageDigest)).Distinct();

    private const string Unknown = "unknown";

    private static string Said(string? text) => text ?? Unknown;

    private static string Said(bool? yes) => yes switch { true => "yes", false => "no", null => Unknown };

    private static string Number(int? number) => number?.ToString(CultureInfo.InvariantCulture) ?? Unknown;

    private static string Short(string? sum) => sum is null ? Unknown : sum[..Math.Min(12, sum.Length)];
}
