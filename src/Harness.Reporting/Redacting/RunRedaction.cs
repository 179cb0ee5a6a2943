using Harness.Analysis.Checking;
using Harness.Core;
using Harness.Core.Journaling;
using Harness.Core.Running;

namespace Harness.Reporting.Redacting;

/// <summary>What an export may take with it.</summary>
/// <param name="Words">What may be said.</param>
/// <param name="OwnDefinitions">Whether definitions that are not the program's own may leave: whoever exports has read them.</param>
/// <param name="WithoutRaw">Whether lists of images' files and kernels' configurations stay behind too.</param>
public sealed record RedactionOptions(PublicWords Words, bool OwnDefinitions, bool WithoutRaw);

/// <summary>A run that was redacted, and by what: texts about it that lie elsewhere get the same names.</summary>
/// <param name="Input">What everything is made from.</param>
/// <param name="Text">Redacts texts.</param>
/// <param name="Names">Redacts names.</param>
internal sealed record RedactedRun(Model.ReportInput Input, TextRedactor Text, RunNames Names);

/// <summary>
/// Writes a run's folder again without anything that is not known to be public, seals it, and makes everything derived from what is left: a report
/// cannot say what the rows no longer do. <c>redacted.csv</c> lists what was taken out.
/// </summary>
public static class RunRedaction
{
    /// <summary>Writes it.</summary>
    /// <param name="folder">The run, as it was recorded or exported before.</param>
    /// <param name="target">A folder that is not there.</param>
    /// <param name="options">What may leave.</param>
    /// <param name="interruption">Ends it.</param>
    /// <exception cref="HarnessException">The run is not what was sealed, or has definitions that nobody has read.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public static Model.ReportInput Write(RunFolder folder, RunFolder target, RedactionOptions options, CancellationToken interruption = default) =>
        Redact(folder, target, options, interruption).Input;

    /// <summary>The same, with what it was redacted by.</summary>
    /// <param name="folder">The run.</param>
    /// <param name="target">A folder that is not there.</param>
    /// <param name="options">What may leave.</param>
    /// <param name="interruption">Ends it.</param>
    /// <param name="instead">What the run is called already where its own id may not be told; or null.</param>
    internal static RedactedRun Redact(RunFolder folder, RunFolder target, RedactionOptions options, CancellationToken interruption, string? instead = null)
    {
        if (RunChecksums.CheckSources(folder) is [var first, ..] findings)
        {
            throw new HarnessException($"{folder.Root}: {first}{(findings.Length > 1 ? $" (and {findings.Length - 1} more)" : "")}; 'harness verify' lists all; restore the run's own files");
        }

        var plan = PlanFile.Read(folder);
        var removals = Removals.Of(folder);
        var text = new TextRedactor(options.Words, removals);
        Directory.CreateDirectory(target.Root);
        Definitions(folder, target, options, removals);
        var names = RunNames.Of(folder, plan, text, instead);
        var (tables, json) = (new RedactedTables(folder, target, text, names, plan.RunId), new RedactedJson(folder, target, text, names, plan.RunId));
        var (entries, images) = json.Locks();
        json.Environments();
        interruption.ThrowIfCancellationRequested();
        tables.Trials(entries);
        json.Plan();
        interruption.ThrowIfCancellationRequested();
        tables.Observations();
        tables.Definitions();
        if (!options.WithoutRaw)
        {
            tables.KernelOptions();
            tables.Filesystems(images);
        }

        Leave(folder, options, removals);
        removals.Write(target);
        RunChecksums.Seal(target);
        return new RedactedRun(Derivation.Regenerate(target, interruption), text, names);
    }

    // What sandboxes wrote byte for byte, consoles and messages are texts of any kind, and no list can say what of them is public.
    private static void Leave(RunFolder folder, RedactionOptions options, Removals removals)
    {
        Leave("log.txt", "messages of the run", File.Exists(folder.Log) ? 1 : 0);
        if (Directory.Exists(folder.Raw))
        {
            foreach (var kind in Directory.EnumerateFiles(folder.Raw).GroupBy(file => file[file.LastIndexOf('.')..], StringComparer.Ordinal))
            {
                var isKnown = kind.Key is ".frames" or ".key" or ".log";
                Leave($"raw/*{(isKnown ? kind.Key : "")}", kind.Key switch
                {
                    ".frames" => "what sandboxes wrote",
                    ".key" => "keys of the sandboxes' channels",
                    _ => "consoles and other raw files",
                }, kind.Count());
            }
        }

        if (options.WithoutRaw)
        {
            Leave("raw/filesystems/*.csv", "lists of images' files", Count(folder.Filesystems));
            Leave("raw/kernels/*.csv", "kernels' configurations", Count(folder.KernelOptions));
        }

        void Leave(string file, string what, long times)
        {
            if (times > 0)
            {
                removals.Leave(file, what, times);
            }
        }

        static int Count(string path) => Directory.Exists(path) ? Directory.GetFiles(path).Length : 0;
    }

    // YAML, SQL and scripts leave as they are where they are the program's own; tables and a lock beside them are redacted like all tables and locks.
    private static void Definitions(RunFolder folder, RunFolder target, RedactionOptions options, Removals removals)
    {
        var tables = folder.DefinitionsCsv.Select(Path.GetFullPath).ToHashSet(StringComparer.Ordinal);
        var catalogues = 0;
        List<string> strangers = [];
        foreach (var file in Directory.EnumerateFiles(folder.Definitions, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var name = Path.GetRelativePath(folder.Definitions, file);
            if (tables.Contains(Path.GetFullPath(file)) || RedactedJson.IsLock(name))
            {
                continue;
            }

            if (name == LearntCosts.FileName)
            {
                removals.Leave($"definitions/{name}", "what trials of an earlier run took", 1);
                continue;
            }

            if (IsCatalogue(name))
            {
                catalogues++;
                continue;
            }

            if (!OwnExperiments.Contains(name, file))
            {
                strangers.Add(name.Replace('\\', '/'));
            }

            var copy = Path.Combine(target.Definitions, name);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        if (strangers.Count > 0 && !options.OwnDefinitions)
        {
            throw new HarnessException($"{folder.Definitions}: {strangers[0]}{(strangers.Count > 1 ? $" and {strangers.Count - 1} more are" : " is")} not this program's own, and nobody but you can say whether that may leave: read what differs, then export with --own-definitions, or export with the version that wrote the run");
        }

        if (catalogues > 0)
        {
            removals.Leave("definitions/catalog-*.yaml", "catalogues that the user added", catalogues);
        }
    }

    private static bool IsCatalogue(string name) => name.StartsWith("catalog-", StringComparison.Ordinal) && name.EndsWith(".yaml", StringComparison.Ordinal);
}
