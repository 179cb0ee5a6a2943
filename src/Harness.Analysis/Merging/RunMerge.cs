using System.Globalization;
using System.Text;
using Harness.Analysis.Checking;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Journaling;

namespace Harness.Analysis.Merging;

/// <summary>
/// Makes one run of the parts of a plan. Its folder is like any other: rows keep their host, and each host its environment. Merging in any order and in
/// any steps gives the same folder.
/// </summary>
public static class RunMerge
{
    /// <summary>The host of trials that no host has run.</summary>
    public const string NoHost = "";

    /// <summary>Writes the sources of the merged run and seals them; what is derived is made from them as for any run.</summary>
    /// <param name="folders">The parts: shards, or runs that were merged from some.</param>
    /// <param name="target">A folder that is not there.</param>
    /// <param name="allowMissing">Whether parts and trials may be missing: their trials are then not run.</param>
    /// <param name="planned">
    /// Of parts of which there are no folders, those that have something to run, with their trials; asked for only where parts are missing.
    /// </param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="HarnessException">A rule forbids it; the line says which run and why. Nothing is written then.</exception>
    public static void Write(
        IReadOnlyList<RunFolder> folders, RunFolder target, bool allowMissing, Func<RunFolder, ImmutableArray<int>, IReadOnlyDictionary<int, ImmutableArray<PlannedRow>>> planned, CancellationToken cancellation)
    {
        if (Directory.Exists(target.Root))
            throw new HarnessException($"{target.Root}: exists already; choose another --run-id or --out");
        var parts = MergeRules.Check([.. folders.Select(folder =>
        {
            cancellation.ThrowIfCancellationRequested();
            return MergePart.Read(folder);
        })]);
        var gaps = MergeRules.Missing(parts) is { IsEmpty: false } absent ? planned(parts[0].Folder, absent) : ImmutableDictionary<int, ImmutableArray<PlannedRow>>.Empty;
        // A plan with fewer blocks and userlands than parts leaves some with nothing: no host ran them, and nothing is missing.
        ImmutableArray<int> missing = [.. gaps.Keys.Order()];
        if (missing.Length > 0 && !allowMissing)
            throw new HarnessException(string.Create(CultureInfo.InvariantCulture, $"part {string.Join(", ", missing)} of {parts[0].Shard.Count} is missing: name its folder too, or merge with --allow-missing"));
        if (missing.IsEmpty)
            MergeRules.RequireWhole(parts);
        using var rows = MergedRows.Of(parts);
        if (!allowMissing)
            MergeRules.RequireFinished(parts, rows);
        // Beside its place, and then into it: a merge that is refused or interrupted leaves nothing.
        var stage = new RunFolder(Path.Combine(Path.GetDirectoryName(target.Root)!, $".{target.RunId}.{Guid.NewGuid():N}"));
        Directory.CreateDirectory(stage.Root);
        try
        {
            Fill(parts, rows, stage, target.RunId, missing.SelectMany(index => gaps[index]), cancellation);
            RunChecksums.Seal(stage);
            Directory.Move(stage.Root, target.Root);
        }
        finally
        {
            if (Directory.Exists(stage.Root))
                Directory.Delete(stage.Root, recursive: true);
        }
    }

    private static void Fill(ImmutableArray<MergePart> parts, MergedRows rows, RunFolder stage, string runId, IEnumerable<PlannedRow> gaps, CancellationToken cancellation)
    {
        Copy(parts[0].Folder.Definitions, stage.Definitions, _ => true);
        Plan(parts, runId, gaps).Write(stage);
        Environments(parts, stage);
        LockMerge.Write(parts, folder => folder.UserlandsLock, "userlands", stage);
        LockMerge.Write(parts, folder => folder.KernelsLock, "kernels", stage);
        AtomicFile.Write(stage.Log, Log(parts));
        for (var part = 0; part < parts.Length; part++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (Directory.Exists(parts[part].Folder.Raw))
                Copy(parts[part].Folder.Raw, stage.Raw, rows.WantedOf(part));
        }

        rows.Write(stage, runId);
    }

    private static PlanFile Plan(ImmutableArray<MergePart> parts, string runId, IEnumerable<PlannedRow> gaps)
    {
        var first = parts[0].Plan;
        var experiments = first.Experiments.Select((id, index) => (id, index)).ToDictionary(one => one.id, one => one.index, StringComparer.Ordinal);
        var probes = DefinitionsCopy.Read(parts[0].Folder).Experiments
            .SelectMany(experiment => experiment.Probes.Select((probe, index) => (Key: (experiment.Id, probe.Id), index))).ToDictionary(one => one.Key, one => one.index);
        ImmutableArray<PlannedPart> all = [.. parts.SelectMany(part => part.Shard.Parts).Distinct().OrderBy(part => part.Index)];
        return first with
        {
            RunId = runId,
            HostId = all[0].HostId,
            CreatedAtUtc = parts.Min(part => part.Plan.CreatedAtUtc),
            Arguments = WithoutShard(parts.MinBy(part => part.Shard.Parts[0].Index)!.Plan.Arguments),
            Shard = parts[0].Shard with { Parts = all },
            // By block and cell, and within a sandbox as the agent ran them.
            Trials =
            [
                .. parts.SelectMany(part => part.Plan.Trials).Concat(gaps).DistinctBy(row => row.TrialId, StringComparer.Ordinal)
                    .OrderBy(row => experiments[row.Experiment]).ThenBy(row => row.Block).ThenBy(row => row.Cell, StringComparer.Ordinal)
                    .ThenBy(row => row.Repetition).ThenBy(row => probes[(row.Experiment, row.Probe)]).ThenBy(row => row.TrialId, StringComparer.Ordinal),
            ],
        };
    }

    // What to repeat is the whole.
    private static ImmutableArray<string> WithoutShard(ImmutableArray<string> arguments) =>
        arguments.IndexOf("--shard") is >= 0 and var at ? arguments.RemoveRange(at, Math.Min(2, arguments.Length - at)) : arguments;

    private static void Environments(ImmutableArray<MergePart> parts, RunFolder stage)
    {
        var hosts = parts.SelectMany(part => EnvironmentFiles.Read(part.Folder).Select(environment => (Part: part, Environment: environment))).GroupBy(one => one.Environment.HostId, StringComparer.Ordinal);
        foreach (var host in hosts)
        {
            var environment = HostMerge.Of(host.Key, [.. host]);
            EnvironmentFiles.Write(stage, environment with { Tool = environment.Tool with { Arguments = WithoutShard(environment.Tool.Arguments) } });
        }
    }

    private static string Log(ImmutableArray<MergePart> parts)
    {
        var text = new StringBuilder("merged from\n");
        foreach (var part in parts.SelectMany(part => part.Shard.Parts).Distinct().OrderBy(part => part.Index))
            text.Append(CultureInfo.InvariantCulture, $"part {part.Index} of {parts[0].Shard.Count}: run {part.RunId} of host {part.HostId}\n");
        return text.ToString();
    }

    // A file that is there already must be the same: it is what an image or a kernel holds.
    private static void Copy(string from, string to, Func<string, bool> isWanted)
    {
        if (!Directory.Exists(from))
            return;
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var name = Path.GetRelativePath(from, file).Replace('\\', '/');
            if (!isWanted(name))
                continue;
            var target = Path.Combine(to, name);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            if (!File.Exists(target))
                File.Copy(file, target);
            else if (!File.ReadAllBytes(file).AsSpan().SequenceEqual(File.ReadAllBytes(target)))
                throw new HarnessException($"{file}: differs from the file of that name of another part: one image or kernel cannot hold two things; run the parts with one --lock");
        }
    }
}
