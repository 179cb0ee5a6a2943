using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Harness.Analysis.Checking;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Core.Planning;

namespace Harness.Reporting.Redacting;

/// <summary>
/// The names by which a run's rows belong together, as an export may tell them: runs, hosts, cells, images, trials. A private one has a name in its
/// place, the same in every file.
/// </summary>
internal sealed partial class RunNames
{
    private readonly TextRedactor _text;
    private readonly byte[] _salt;
    private readonly Dictionary<string, string> _cells = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _trials = new(StringComparer.Ordinal);

    private readonly HostNames _hosts;

    private RunNames(TextRedactor text, byte[] salt, HostNames hosts, string runId, bool isRedacted) => (_text, _salt, _hosts, RunId, IsRedacted) = (text, salt, hosts, runId, isRedacted);

    /// <summary>Whether an earlier export redacted the run: hashes in it stand for others already.</summary>
    internal bool IsRedacted { get; }

    /// <summary>The run's id: as it is where the harness drew it or all of it is public.</summary>
    internal string RunId { get; private set; }

    /// <summary>Of a run.</summary>
    /// <param name="folder">The run.</param>
    /// <param name="plan">Its plan.</param>
    /// <param name="text">What texts are redacted by.</param>
    /// <param name="instead">What it is called already where its own id may not be told; null: by its time and its sources.</param>
    internal static RunNames Of(RunFolder folder, PlanFile plan, TextRedactor text, string? instead = null)
    {
        var salt = Salt(folder);
        var names = new RunNames(text, salt, HostsBy(folder, salt), plan.RunId, RedactionList.IsRedacted(folder));
        if (!DrawnId().IsMatch(plan.RunId) && !text.IsPublicText(plan.RunId))
        {
            names.RunId = instead ?? Time(plan) + "-" + names.Pseudonym(plan.RunId)[..4];
            (text.Removals.File, text.Removals.Field) = ("plan.json", "run_id");
            text.Removals.Count("run id", names.RunId);
        }

        return names;
    }

    /// <summary>How ids begin of runs whose own may not be told: by the second in which they were planned. <c>-</c> and four hex digits follow.</summary>
    internal static string Time(PlanFile plan) => plan.CreatedAtUtc.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    /// <summary>64 hex digits that tell this run as it stands from any other, and say nothing of it.</summary>
    internal static string Mark(RunFolder folder) => Pseudonym(SHA256.HashData(File.ReadAllBytes(folder.Sums)), "run");

    /// <summary>The ids of a run's hosts, as they are told.</summary>
    internal static IEnumerable<string> Hosts(RunFolder folder) => HostsBy(folder, Salt(folder)).All();

    private static HostNames HostsBy(RunFolder folder, byte[] salt) => new(folder, text => Pseudonym(salt, text));

    /// <summary>64 hex digits in the place of a text, the same for the same text of this run, from which nothing follows.</summary>
    internal string Pseudonym(string text) => Pseudonym(_salt, text);

    private static string Pseudonym(byte[] salt, string text) => Convert.ToHexStringLower(HMACSHA256.HashData(salt, Encoding.UTF8.GetBytes(text)));

    // Nobody who has only the redacted run can guess it: among the sources are the sandboxes' random keys. What is derived is not summed, so that names stay when
    // another version derives it again.
    private static byte[] Salt(RunFolder folder) => SHA256.HashData(Encoding.UTF8.GetBytes(RunChecksums.SourceLines(folder)));

    /// <summary>A run's id in a row: this run's, or that of a part that was merged into it.</summary>
    internal string Run(string id, string runId) => id == runId ? RunId : DrawnId().IsMatch(id) ? id : _text.RedactWhole(id, "run id");

    /// <summary>A host's id: hex digits of a hash, or empty.</summary>
    internal string Host(string id)
    {
        if (_text.Removals.Field == "host_id" && _hosts.IsGuessable(id))
        {
            _text.Removals.Count("host id", "<hash>");
        }

        return _hosts.Told(id);
    }

    /// <summary>A cell's name.</summary>
    internal string CellName(string name)
    {
        if (!_cells.TryGetValue(name, out var told))
        {
            var cell = Core.Model.Cell.Parse(name);
            _cells.Add(name, told = new Cell(
                _text.RedactWhole(cell.Userland, "userland"), _text.RedactWhole(cell.Kernel, "kernel"), _text.RedactWhole(cell.Engine, "engine"), _text.RedactWhole(cell.Runtime, "runtime"),
                _text.RedactWhole(cell.Accelerator, "accelerator"), _text.RedactWhole(cell.Variant, "variant")).Name);
        }

        return told;
    }

    /// <summary>A trial's id: of what its row says now.</summary>
    internal string Trial(string id, string host, string experiment, string cell, string probe, int block, int repetition)
    {
        var told = new PlannedTrial(experiment, Core.Model.Cell.Parse(CellName(cell)), probe, block, repetition, Warmup: false).Id(Host(host));
        return _trials[id] = told;
    }

    /// <summary>A trial's id in the plan: as its row has it, else of the host that it was planned for, which its id is a hash of.</summary>
    internal string Planned(string id, ImmutableArray<string> hosts, string experiment, string cell, string probe, int block, int repetition)
    {
        var trial = new PlannedTrial(experiment, Core.Model.Cell.Parse(cell), probe, block, repetition, Warmup: false);
        return _trials.TryGetValue(id, out var told) ? told : Trial(id, hosts.FirstOrDefault(host => trial.Id(host) == id, hosts[0]), experiment, cell, probe, block, repetition);
    }

    /// <summary>A trial's id in a table that names trials by it alone; one that no trial has is none of this run.</summary>
    internal string Trial(string id) => _trials.TryGetValue(id, out var told) ? told : _text.RedactWhole(id, "trial");

    /// <summary>An image's digest in a row: that of a userland which everybody can have, else hex digits in its place.</summary>
    internal string Digest(string digest, bool isPublic)
    {
        var match = ImageDigest().Match(digest);
        if (digest.Length == 0 || ((isPublic || IsRedacted) && match.Success))
        {
            return digest;
        }

        _text.Removals.Count("digest", "sha256:<hash>");
        // A row of a stand-in has the digest that its lock has without that word.
        var (before, own) = digest.StartsWith(StandIn.Prefix, StringComparison.Ordinal) ? (StandIn.Prefix, digest[StandIn.Prefix.Length..]) : ("", digest);
        return $"{before}sha256:{Pseudonym(own)}";
    }

    /// <summary>Whether a name of a file in <c>raw/</c>, a sandbox's, is one that the harness drew.</summary>
    internal string Sandbox(string name) => name.Length == 0 || SandboxName().IsMatch(name) ? name : "s-" + Pseudonym(name)[..8];

    [GeneratedRegex("^[0-9]{8}T[0-9]{6}Z-[0-9a-f]{4}\\z")]
    private static partial Regex DrawnId();

    [GeneratedRegex("^(synthetic:)?(sha256:)?[0-9a-f]{64}\\z")]
    private static partial Regex ImageDigest();

    [GeneratedRegex("^b[0-9]{1,6}-[0-9a-f]{8,16}\\z")]
    private static partial Regex SandboxName();
}
