using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Harness.Analysis.Judging;
using Harness.Core.Journaling;
using Harness.Core.Model;

namespace Harness.Tests.Analysis;

/// <summary>Writes a run of the experiment userland-identity into a temporary folder, by the journal that real runs use.</summary>
public sealed class UserlandRun : IDisposable
{
    private readonly List<string> _runtimes = [];
    private readonly string _root = Directory.CreateTempSubdirectory("harness-test-").FullName;
    private readonly List<TrialResult> _results = [];

    public RunFolder Folder => new(Path.Combine(_root, "sample"));

    public static string Digest(string userland) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(userland)));

    public UserlandRun Host(string release = "6.1", string version = "#1")
    {
        Add(new Cell("host", "host", "", "host", "", ""), "kernel", Outcome.Ok, "", "", [Text("release", release), Text("version", version)]);
        return this;
    }

    /// <summary>A container of a userland that says what it is, its files listed: each <c>path=content</c>, or <c>path&gt;target</c> for a link.</summary>
    public UserlandRun Container(
        string userland, string? files = null, string runtime = "runc", string release = "6.1", string version = "#1", string? os = null, string? notListed = null, bool hasShell = true)
    {
        var cell = new Cell(userland, "host", "docker", runtime, "", "");
        var unavailable = notListed is null ? [] : new[] { Text("unavailable", notListed, "filesystem") };
        Add(cell, "kernel", Outcome.Ok, "", Digest(userland), [Text("release", release), Text("version", version), .. unavailable]);
        var parts = (os ?? userland.Replace(':', ' ')).Split(' ', 2);
        Observation[] told = [Text("os_id", parts[0]), .. parts.Length > 1 ? [Text("os_version_id", parts[1])] : Array.Empty<Observation>(), Text("libc", "glibc"), Text("libc_version", "2.36"), Text("shell", "dash")];
        Add(cell, "userland", hasShell ? Outcome.Ok : Outcome.Refused, hasShell ? "" : "no shell", Digest(userland), hasShell ? [.. told, .. unavailable] : unavailable);
        if (files is not null)
        {
            Directory.CreateDirectory(Folder.Filesystems);
            FilesystemTable.Write(Path.Combine(Folder.Filesystems, FilesystemTable.FileName(Digest(userland))!), files.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Entry));
        }

        return this;
    }

    /// <summary>A kernel that a virtual machine booted, with its configuration unless null; <c>host</c> adds the machine's own configuration alone.</summary>
    public UserlandRun Kernel(string kernel, string? configuration, string release = "6.1")
    {
        if (kernel != "host")
        {
            Add(new Cell("busybox:static", kernel, "", "qemu", "tcg", ""), "kernel", Outcome.Ok, "", "", [Text("release", release), Text("version", "#1")]);
        }

        if (configuration is not null)
        {
            Directory.CreateDirectory(Folder.KernelOptions);
            var name = kernel == "host" ? KernelOptionTable.HostFileName("0123456789ab") : KernelOptionTable.FileName(kernel);
            KernelOptionTable.Write(Path.Combine(Folder.KernelOptions, name), configuration);
        }

        return this;
    }

    public UserlandRun Unavailable(string userland, string detail)
    {
        foreach (var probe in new[] { "kernel", "userland" })
        {
            Add(new Cell(userland, "host", "docker", "runc", "", ""), probe, Outcome.Unavailable, detail, "", []);
        }

        return this;
    }

    /// <summary>Adds a runtime that no SQL has heard of: its row of the table of runtimes is all there is.</summary>
    public UserlandRun Runtime(string row)
    {
        _runtimes.Add(row);
        return this;
    }

    public RunFolder Build()
    {
        WrittenRun.Write(Folder, "userland-identity", [.. _results.Select(result => (RunBuilder.FirstHost, result))], _runtimes);
        return Folder;
    }

    public RunDatabase Database() => RunDatabase.Open(Build(), "userland-identity");

    /// <summary>Verdict and summary by scope.</summary>
    public Dictionary<string, (string Verdict, string Summary, string Trials)> Verdicts()
    {
        using var database = Database();
        EvidenceRule.Holds(database, "userland-identity");
        return database.Query("SELECT scope, verdict, summary, trials FROM verdict", "test").Rows.ToDictionary(row => row[0]!, row => (row[1]!, row[2]!, row[3]!), StringComparer.Ordinal);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static FilesystemEntry Entry(string text)
    {
        if (text.Split('>') is [var link, var target])
            return new FilesystemEntry(link, FilesystemEntryType.Symlink, 0, 0x1FF, "", target);
        var parts = text.Split('=');
        return parts.Length == 1
            ? new FilesystemEntry(text, FilesystemEntryType.Directory, 0, 0x1ED, "", "")
            // "?": a file that was not read.
            : new FilesystemEntry(parts[0], FilesystemEntryType.File, 1, 0x1A4, parts[1] == "?" ? "" : Digest(parts[1])[7..], "");
    }

    private static Observation Text(string metric, string text, string subject = "") => Observation.OfText(metric, subject, text);

    private void Add(Cell cell, string probe, Outcome outcome, string detail, string digest, Observation[] observations) => _results.Add(new TrialResult
    {
        Trial = new PlannedTrial("userland-identity", cell, probe, 1, 1, Warmup: false),
        Outcome = outcome,
        Detail = detail,
        ImageDigest = digest,
        StartedAt = DateTimeOffset.Parse("2026-01-02T03:04:05Z", CultureInfo.InvariantCulture),
        Observations = [.. observations],
    });
}
