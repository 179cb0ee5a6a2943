using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Harness.Core;
using Harness.Core.Journaling;
using Harness.Reporting.Redacting;

namespace Harness.Reporting.Sites;

/// <summary>
/// A static site over many runs. It holds, of each run, a summary and its published files in <c>runs/&lt;id&gt;/</c>; all else is made from the
/// summaries. So adding a run reads that run, and of those before it their summaries only.
/// </summary>
public sealed class SiteFolder
{
    private const string Summary = "summary.json";

    private readonly string _root;

    // Of the runs that are there, once they were read.
    private HashSet<string>? _sums;

    private SiteFolder(string root, Uri? address) => (_root, Address) = (root, address);

    /// <summary>Where it will be seen, with <c>/</c> at its end; null: not known, and links in feeds are relative.</summary>
    public Uri? Address { get; }

    private string Runs => Path.Combine(_root, "runs");

    private static string Marker(string root) => Path.Combine(root, "site.json");

    /// <summary>Opens a site, or begins one in a folder that is empty or not there.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="address">Where it will be seen; null: as before.</param>
    /// <exception cref="HarnessException">The folder holds something else.</exception>
    public static SiteFolder Open(string path, Uri? address)
    {
        var root = Path.GetFullPath(path);
        try
        {
            if (!File.Exists(Marker(root)))
            {
                if (Directory.Exists(root) && Directory.EnumerateFileSystemEntries(root).Any())
                {
                    throw new HarnessException($"{root}: holds files and is no site; name a folder that is empty, or that 'harness site' made");
                }

                Directory.CreateDirectory(root);
            }
            else if (JsonNode.Parse(File.ReadAllText(Marker(root))) is JsonObject site && site["schema_version"]?.GetValueKind() == JsonValueKind.Number)
            {
                if (site["schema_version"]!.ToString() != "1")
                {
                    throw new HarnessException($"{Marker(root)}: another version made this site, with schema {site["schema_version"]}; this version knows schema 1: begin a new folder");
                }

                address ??= site["url"]?.ToString() is { Length: > 0 } before ? new Uri(before) : null;
            }
            else
            {
                throw new HarnessException($"{Marker(root)}: is not what 'harness site' writes; begin a new folder");
            }

            AtomicFile.Write(Marker(root), new JsonObject { ["schema_version"] = 1, ["url"] = address?.AbsoluteUri }.ToJsonString() + "\n");
            return new SiteFolder(root, address);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or UriFormatException)
        {
            throw new HarnessException($"{root}: cannot be used for a site ({e.Message.ReplaceLineEndings(" ")})", e);
        }
    }

    /// <summary>Adds a run without anything that is not known to be public, or replaces it where it was derived again. Another run of the same id gets a name beside it.</summary>
    /// <returns>Whether anything was done: a run that is there already is not read.</returns>
    /// <exception cref="HarnessException">The run is not finished, was changed, or has definitions that nobody has read.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public bool Add(RunFolder run, RedactionOptions redaction, CancellationToken interruption = default)
    {
        PlainFolder.RequireFile(run.Root, run.Sums);
        var sums = RunSummary.SumsOf(run);
        // Its sums tell it from all others: of a run that is there nothing else is looked at.
        _sums ??= [.. Summaries().Select(there => there.Sums)];
        if (_sums.Contains(sums))
        {
            return false;
        }

        PlainFolder.Require(run.Root);
        var plan = PlanFile.Read(run);
        RunSummary.Check(run);
        // By what it is and not by its name, which other sources make another one of.
        var before = !Directory.Exists(Runs) ? null
            : Directory.EnumerateDirectories(Runs, RunNames.Time(plan) + "-????").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)
                .FirstOrDefault(name => There(name) is { } there && there.IsOf(plan.CreatedAtUtc, RunNames.Hosts(run), plan.Shard));
        using var scratch = ScratchFolder.Create("site");
        var redacted = new RunFolder(Path.Combine(scratch.Path, "run"));
        RunRedaction.Redact(run, redacted, redaction, interruption, before);
        var summary = RunSummary.Of(redacted);
        // Workflows give every run the same id: only a run that began at the same time on the same hosts is the same.
        var id = Names(PlanFile.Read(redacted).RunId, plan.CreatedAtUtc).First(name => There(name) is not { } there || there.IsOf(summary.CreatedAtUtc, summary.Hosts.Select(host => host.Id), plan.Shard));
        summary = summary with { RunId = id, Sums = sums };
        // Beside its place first: a run is in the site with all its files or not at all.
        var fresh = Path.Combine(_root, ".adding");
        if (Directory.Exists(fresh))
        {
            Directory.Delete(fresh, recursive: true);
        }

        Directory.CreateDirectory(fresh);
        PublishedFiles.Copy(redacted, fresh);
        File.WriteAllText(Path.Combine(fresh, Summary), summary.ToJson());
        if (Directory.Exists(Target(id)))
        {
            Directory.Delete(Target(id), recursive: true);
        }

        Directory.CreateDirectory(Runs);
        Directory.Move(fresh, Target(id));
        _sums.Add(sums);
        return true;
    }

    private RunSummary? There(string id) => Path.Combine(Target(id), Summary) is var file && File.Exists(file) ? RunSummary.Read(file) : null;

    // What runs of one id are called, in the order in which they came.
    private static IEnumerable<string> Names(string id, DateTimeOffset created)
    {
        yield return id;
        var timed = $"{id[..Math.Min(id.Length, 40)]}-{created.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture)}";
        yield return timed;
        for (var number = 2; ; number++)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{timed}-{number}");
        }
    }

    private string Target(string id) => new RunFolders(Runs).Folder(id).Root;

    /// <summary>Every run's summary, the oldest first.</summary>
    /// <exception cref="HarnessException">One cannot be read.</exception>
    public ImmutableArray<RunSummary> Summaries() => !Directory.Exists(Runs)
        ? []
        :
        [
            .. Directory.EnumerateDirectories(Runs).Select(folder => RunSummary.Read(Path.Combine(folder, Summary)))
                .OrderBy(run => run.CreatedAtUtc).ThenBy(run => run.RunId, StringComparer.Ordinal),
        ];

    /// <summary>Makes pages, feeds, badges and tables anew from the summaries; of no run there are none.</summary>
    public void Write()
    {
        var summaries = Summaries();
        if (summaries.IsEmpty)
        {
            return;
        }

        var site = Site.Of(summaries);
        AtomicFile.Write(Path.Combine(_root, "index.html"), SitePages.Index(site));
        foreach (var experiment in site.Times.GroupBy(series => series.Experiment, StringComparer.Ordinal))
        {
            AtomicFile.Write(Path.Combine(_root, SitePages.TimesFile(experiment.Key)), SitePages.Times(site, experiment.Key, [.. experiment]));
            AtomicFile.Write(Path.Combine(_root, SitePages.TableFile(experiment.Key)), file => SeriesTable.Write(file, experiment));
        }

        Directory.CreateDirectory(Path.Combine(_root, "badges"));
        Directory.CreateDirectory(Path.Combine(_root, "feeds"));
        AtomicFile.Write(Path.Combine(_root, "feed.xml"), AtomFeed.Write(site, null, Address));
        foreach (var claim in site.Claims)
        {
            AtomicFile.Write(Path.Combine(_root, "badges", claim.Id + ".svg"), Badge.Write(claim.Id, claim.Newest?.Verdict.Verdict ?? Analysis.Judging.Verdicts.NotTested));
            AtomicFile.Write(Path.Combine(_root, "feeds", claim.Id + ".xml"), AtomFeed.Write(site, claim.Id, Address));
        }
    }
}
