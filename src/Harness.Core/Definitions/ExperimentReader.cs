using System.Text.RegularExpressions;
using Harness.Core.Model;

namespace Harness.Core.Definitions;

/// <summary>Reads and checks an experiment's folder. All mistakes of a file are reported at once, one line each.</summary>
public static partial class ExperimentReader
{
    /// <summary>The version of <c>experiment.yaml</c> that is understood.</summary>
    public const int Schema = 1;

    /// <summary>The metric under which the agent reports a fact that could not be read: every experiment has it.</summary>
    public static readonly MetricDefinition Unavailable =
        new("unavailable", MetricType.Text, "", "A fact that could not be read; the subject is the metric that is missing");

    /// <summary>What every experiment has beside its own: why facts are missing, and what was done to each sandbox, as asked for and as seen.</summary>
    public static readonly ImmutableArray<MetricDefinition> Builtin =
    [
        Unavailable,
        new(Treatments.Asked, MetricType.Text, "", "What a sandbox was asked to be; the subject is the aspect"),
        new(Treatments.Seen, MetricType.Text, "", "What of it took effect; the subject is the aspect"),
        new(Treatments.Proof, MetricType.Text, "", "Whether that is proven, the engine's word, only asked or contradicted, and by whom; the subject is the aspect"),
    ];

    /// <summary>Reads <c>experiment.yaml</c> of <paramref name="folder"/>.</summary>
    /// <param name="folder">The experiment's folder.</param>
    /// <param name="needsFiles">Whether the scripts and programs that it names must be there, below the folder above this one.</param>
    /// <exception cref="HarnessException">The file cannot be read or is wrong.</exception>
    public static ExperimentDefinition Read(string folder, bool needsFiles = true)
    {
        var path = Path.Combine(folder, "experiment.yaml");
        var yaml = YamlFile.Read<ExperimentYaml>(path);
        var check = new Check(path);
        var root = Path.GetDirectoryName(Path.GetFullPath(folder))!;
        check.That(yaml.Schema == Schema, $"schema: must be {Schema}");
        check.That(yaml.Id is not null && IdPattern().IsMatch(yaml.Id), "id: lower-case words joined by '-' are needed");
        var definition = new ExperimentDefinition
        {
            Id = yaml.Id ?? "",
            Title = check.Text(yaml.Title, "title"),
            Claims = check.List(yaml.Claims, "claims"),
            Timed = yaml.Timed ?? false,
            Filesystem = yaml.Filesystem ?? false,
            Matrix = Matrix(yaml.Matrix ?? new MatrixYaml(), check),
            Shared = check.Entries(yaml.Shared, "shared"),
            Probes = [.. (yaml.Probes ?? []).Select(probe => Probe(probe ?? new ProbeYaml(), check))],
            Metrics = [.. MetricReader.Read(yaml.Metrics, root, check), .. Builtin],
            Blocks = check.AtLeast(yaml.Blocks ?? 1, 1, "blocks"),
            Repeat = check.AtLeast(yaml.Repeat ?? 1, 1, "repeat"),
            Warmup = check.AtLeast(yaml.Warmup ?? 0, 0, "warmup"),
            Timeout = check.Duration(yaml.Timeout, "timeout"),
            Limits = new Limits(
                check.Bytes(yaml.Limits?.Memory ?? "256MiB", "limits.memory"),
                check.AtLeast(yaml.Limits?.Pids ?? 64, 4, "limits.pids"),
                checked((int)Math.Min(int.MaxValue, check.Bytes(yaml.Limits?.Output ?? "64KiB", "limits.output")))),
            Quick = Quick(yaml.Quick, "quick", check),
            Image = Quick(yaml.Image, "image", check),
            Tables = [.. (yaml.Tables ?? []).Select(table => Table(table ?? new TableYaml(), check))],
            Figures = [.. (yaml.Figures ?? []).Select(figure => Figure(figure ?? new FigureYaml(), check))],
            Folder = folder,
        };
        check.That(definition.Probes.Length > 0, "probes: at least one is needed");
        foreach (var probe in definition.Probes)
        {
            Files(probe, root, needsFiles, check);
        }

        check.Unique(definition.Probes.Select(probe => probe.Id), "probes");
        check.Unique(definition.Metrics.Select(metric => metric.Id), "metrics");
        check.Unique(definition.Tables.Select(table => table.Id), "tables");
        check.Unique(definition.Figures.Select(figure => figure.Id), "figures");
        foreach (var figure in definition.Figures)
        {
            check.That(figure.Claim is null || definition.Claims.Contains(figure.Claim), $"figures.{figure.Id}: claim: must be one of the experiment's claims");
        }

        check.Done();
        return definition;
    }

    private static MatrixDefinition Matrix(MatrixYaml yaml, Check check)
    {
        var userlands = yaml.Userlands;
        check.That(userlands is not null && (userlands.Ids is { Count: > 0 } || userlands.Selects), "matrix.userlands: needs at least one entry, or {tier: core}");
        return new MatrixDefinition(
            userlands?.Ids is null ? [] : check.List(userlands.Ids, "matrix.userlands"),
            yaml.Kernels?.List is { } kernels ? check.List(kernels, "matrix.kernels") : Kernels(yaml.Kernels?.Word, check),
            check.List(yaml.Runtimes, "matrix.runtimes"),
            check.List(yaml.Variants ?? [""], "matrix.variants"),
            check.Entries(yaml.Exclude, "matrix.exclude"))
        {
            Selection = userlands is { Selects: true } ? Selection(userlands, check) : null,
            VmUserlands = yaml.VmUserlands is null ? [] : check.List(yaml.VmUserlands, "matrix.vm_userlands"),
        };
    }

    private static ImmutableArray<string> Kernels(string? word, Check check)
    {
        check.That(word is null or "usual" or "all", $"matrix.kernels: '{word}' is not understood: write usual or all, which add to the host's own, or a list");
        return word is null ? [KernelDefinition.Host] : [KernelDefinition.Host, word];
    }

    private static UserlandSelection Selection(UserlandsYaml yaml, Check check)
    {
        var known = Enum.GetValues<UserlandTier>().Where(tier => tier != UserlandTier.Named && tier.ToString().Equals(yaml.Tier, StringComparison.OrdinalIgnoreCase)).ToList();
        check.That(known.Count == 1, $"matrix.userlands.tier: '{yaml.Tier}' is not a tier: write quick, core or full");
        Version? before = null;
        check.That(yaml.GlibcBefore is null || Version.TryParse(yaml.GlibcBefore, out before), $"matrix.userlands.glibc_before: '{yaml.GlibcBefore}' is not a version: write \"2.15\"");
        return new UserlandSelection(known.FirstOrDefault(UserlandTier.Core)) { OnePerDistribution = yaml.OnePerDistribution ?? false, GlibcBefore = before };
    }

    private static QuickDefinition Quick(QuickYaml? yaml, string key, Check check)
    {
        check.That(yaml?.Blocks is null or >= 1, $"{key}.blocks: must be at least 1");
        check.That(yaml?.Repeat is null or >= 1, $"{key}.repeat: must be at least 1");
        return new QuickDefinition(
            yaml?.Blocks, yaml?.Repeat, yaml?.Warmup, Optional("userlands", yaml?.Userlands), Optional("kernels", yaml?.Kernels), Optional("runtimes", yaml?.Runtimes), Optional("variants", yaml?.Variants));

        ImmutableArray<string>? Optional(string name, List<string>? list) => list is null ? null : check.Entries(list, $"{key}.{name}");
    }

    // A path becomes one of the run's copy and is read as the user who runs: it must not lead anywhere else.
    private static void Files(ProbeDefinition probe, string root, bool needsFiles, Check check)
    {
        if (probe.Kind == ProbeKind.Script && probe.Command is [var script])
        {
            var isBelow = !Path.IsPathRooted(script) && !script.Split('/', '\\').Contains("..");
            check.That(isBelow, $"probes.{probe.Id}: command: '{script}' must be a path below {root}, without '..'", near: script);
            check.That(!isBelow || !needsFiles || File.Exists(Path.Combine(root, script)), $"probes.{probe.Id}: command: there is no script {Path.Combine(root, script)}", near: script);
        }

        var builds = Path.Combine(root, "probes", "bin");
        foreach (var program in needsFiles && Directory.Exists(builds) ? probe.OwnPrograms : [])
        {
            check.That(
                Directory.EnumerateFiles(builds, program + "-*").Any(),
                $"probes.{probe.Id}: there is no program '{program}' in {builds}: build it with build.sh, or name one that is there", near: program);
        }
    }

    private static ProbeDefinition Probe(ProbeYaml yaml, Check check)
    {
        var where = $"probes.{yaml.Id ?? "?"}";
        check.That(yaml.Id is not null && IdPattern().IsMatch(yaml.Id), $"{where}: id: lower-case words joined by '-' are needed");
        check.That(
            Check.IsName<ProbeKind>(yaml.Kind, out var kind),
            $"{where}: kind: must be builtin, script, exec, program, benchmark, fleet or pull");
        ImmutableArray<string> command = yaml.Command switch
        {
            string text => [text],
            IEnumerable<object> words => [.. words.Select(word => word?.ToString() ?? "")],
            _ => [],
        };
        check.That(kind != ProbeKind.Pull || yaml.Command is null, $"{where}: command: a pull probe has none");
        check.That(
            kind == ProbeKind.Pull || (command.Length > 0 && command.All(word => word.Length > 0 && !word.AsSpan().ContainsAny('\t', '\n'))),
            $"{where}: command: is needed, without tabs and newlines");
        check.That(kind is ProbeKind.Exec or ProbeKind.Program or ProbeKind.Fleet or ProbeKind.Pull || command.Length <= 1, $"{where}: command: only an exec, program or fleet probe takes arguments");
        // Its name becomes a file's beside the agent and its plan, whose names it must not take.
        check.That(
            kind != ProbeKind.Program || (command.Length > 0 && IdPattern().IsMatch(command[0]) && command[0] is not ("agent" or "plan")),
            $"{where}: command: must begin with the name of a program of the harness's own: lower-case words joined by '-'");
        ImmutableArray<string> programs = [.. yaml.Programs ?? []];
        check.That(kind == ProbeKind.Script || programs.IsEmpty, $"{where}: programs: only a script probe has some beside it");
        check.That(kind == ProbeKind.Program || yaml.Foreign is not true, $"{where}: foreign: only a program probe can be of another architecture");
        check.That(
            programs.All(name => name is not null && IdPattern().IsMatch(name) && name is not ("agent" or "plan")),
            $"{where}: programs: must be names of programs of the harness's own: lower-case words joined by '-'");
        var timeout = yaml.Timeout is null ? (TimeSpan?)null : check.Duration(yaml.Timeout, $"{where}: timeout");
        return new ProbeDefinition(yaml.Id ?? "", kind, command, timeout, check.Text(yaml.About, $"{where}: about")) { Cells = check.Entries(yaml.Cells, $"{where}: cells"), Programs = programs, Foreign = yaml.Foreign ?? false };
    }

    private static FigureDefinition Figure(FigureYaml yaml, Check check)
    {
        var where = $"figures.{yaml.Id ?? "?"}";
        check.That(yaml.Id is not null && IdPattern().IsMatch(yaml.Id), $"{where}: id: lower-case words joined by '-' are needed");
        return new FigureDefinition(
            yaml.Id ?? "",
            check.Text(yaml.Kind, $"{where}: kind"),
            check.Text(yaml.Title, $"{where}: title"),
            check.Text(yaml.Caption, $"{where}: caption"),
            check.Text(yaml.Sql, $"{where}: sql"))
        { Claim = yaml.Claim };
    }

    private static TableDefinition Table(TableYaml yaml, Check check)
    {
        var where = $"tables.{yaml.Id ?? "?"}";
        check.That(yaml.Id is not null && IdPattern().IsMatch(yaml.Id), $"{where}: id: lower-case words joined by '-' are needed");
        return new TableDefinition(yaml.Id ?? "", check.Text(yaml.Title, $"{where}: title"), check.Text(yaml.Caption, $"{where}: caption"), check.Text(yaml.Sql, $"{where}: sql"));
    }

    [GeneratedRegex("^[a-z0-9]+(-[a-z0-9]+)*$")]
    private static partial Regex IdPattern();
}
