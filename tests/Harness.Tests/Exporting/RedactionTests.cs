using Harness.Analysis.Checking;
using Harness.Analysis.Judging;
using Harness.Core;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Reporting;
using Harness.Reporting.Exporting;
using Harness.Reporting.Redacting;
using Harness.Tests.Analysis;

namespace Harness.Tests.Exporting;

/// <summary>What leaves with an export and what does not.</summary>
public sealed class RedactionTests : IDisposable
{
    private static readonly ExportKind[] _all = Enum.GetValues<ExportKind>();

    private readonly RunBuilder _run = new();
    private readonly string _target = Directory.CreateTempSubdirectory("harness-test-").FullName;

    public void Dispose()
    {
        _run.Dispose();
        Directory.Delete(_target, recursive: true);
    }

    [Fact]
    public void Nothing_that_was_planted_leaves_in_any_export()
    {
        var folder = PlantedRun.Write(_run);
        Assert.Equal(PlantedRun.Secrets.Order(StringComparer.Ordinal), PlantedRun.Found(folder.Root).Select(found => found.Secret).Distinct().Order(StringComparer.Ordinal));
        var paths = PlantedRun.Export(folder, Path.Combine(_target, "out"), [.. _all]);
        Assert.Equal(5, paths.Length);
        Assert.Empty(PlantedRun.Found(Path.Combine(_target, "out")));
    }

    [Fact]
    public void What_was_removed_is_listed_and_the_folder_verifies_as_redacted()
    {
        var redacted = Redacted(PlantedRun.Write(_run));
        var findings = Verification.Verify(redacted, RunBuilder.Environment(RunBuilder.FirstHost), TestContext.Current.CancellationToken);
        Assert.DoesNotContain(findings, finding => finding.IsFault);
        Assert.Contains(findings, finding => finding.IsRedacted);
        var removed = RedactionList.Read(redacted);
        foreach (var (file, field) in new[] { ("trials.csv", "detail"), ("trials.csv", "cell"), ("observations.csv", "text"), ("plan.json", "arguments") })
        {
            Assert.Contains(removed, row => row.File.EndsWith(file, StringComparison.Ordinal) && (row.Field == field || row.What is "userland"));
        }

        Assert.Contains(removed, row => row is { File: "log.txt", Replacement: "left out" });
        Assert.Contains(removed, row => row is { File: "raw/*.frames", Replacement: "left out" });
        Assert.Contains(removed, row => row is { File: "definitions/catalog-*.yaml" });
        Assert.Contains(removed, row => row is { What: "kernel parameter" });
    }

    [Fact]
    public void What_everybody_may_know_stays_and_the_verdicts_with_it()
    {
        var folder = _run.Usual().Unmeasured(Outcome.Unavailable, "no image of debian:13; the registry docker.io cannot be reached (connection refused)", block: 7).Build();
        Derivation.Regenerate(folder);
        var redacted = Redacted(folder);
        foreach (var file in new[] { "trials.csv", "verdicts.csv", "definitions/userlands.csv", $"environments/{RunBuilder.FirstHost}.json" })
        {
            var (before, after) = (File.ReadAllText(Path.Combine(folder.Root, file)), File.ReadAllText(Path.Combine(redacted.Root, file)));
            // The run of these tests is called 'sample', which is no name that the harness drew.
            Assert.Equal(before, after.Replace(PlanFile.Read(redacted).RunId, "sample", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_file_that_the_machine_wrote_has_another_hash_and_is_still_equal_to_what_it_was_equal_to()
    {
        var folder = _run.Usual().Build();
        string[] images = [new string('a', 64), new string('b', 64)];
        string[] hashes = [new string('1', 64), new string('2', 64), new string('3', 64)];
        File.WriteAllText(folder.UserlandsLock, $$"""{"schema_version": 1, "userlands": [{"id": "debian:11", "digest": "sha256:{{images[0]}}"}, {"id": "debian:12", "digest": "sha256:{{images[1]}}"}]}""");
        Directory.CreateDirectory(folder.Filesystems);
        foreach (var (image, hosts) in images.Zip([hashes[1], hashes[2]]))
        {
            File.WriteAllText(
                Path.Combine(folder.Filesystems, image + ".csv"),
                $"path,type,size,mode,sha256,target\n/bin/sh,file,1,0755,{hashes[0]},\n/etc/hostname,file,7,0644,{hashes[1]},\n/etc/hosts,file,9,0644,{hosts},\n/etc/resolv.conf,symlink,0,0777,,/run/vault7/resolv.conf\n");
        }

        RunChecksums.Seal(folder);
        var redacted = Redacted(folder);
        var (first, second) = (Files(redacted, images[0]), Files(redacted, images[1]));
        Assert.Equal(hashes[0], first["/bin/sh"].Hash);
        Assert.All(first.Values.Concat(second.Values).Where(file => file.Hash.Length > 0), file => Assert.DoesNotContain(file.Hash, hashes[1..]));
        Assert.Matches("^[0-9a-f]{64}$", first["/etc/hostname"].Hash);
        Assert.Equal(first["/etc/hostname"], second["/etc/hostname"]);
        Assert.NotEqual(first["/etc/hosts"], second["/etc/hosts"]);
        Assert.Equal(first["/etc/hostname"].Hash, first["/etc/hosts"].Hash);
        Assert.StartsWith("/removed-", first["/etc/resolv.conf"].Target, StringComparison.Ordinal);
        Assert.Equal(first["/etc/resolv.conf"], second["/etc/resolv.conf"]);
    }

    private static Dictionary<string, (string Hash, string Target)> Files(RunFolder folder, string image) =>
        File.ReadLines(Path.Combine(folder.Filesystems, image + ".csv")).Skip(1).Select(line => line.Split(',')).ToDictionary(line => line[0], line => (line[4], line[5]), StringComparer.Ordinal);

    [Fact]
    public void A_removed_text_has_one_name_everywhere_so_that_what_differed_differs()
    {
        var redacted = Redacted(_run.Usual().Unmeasured(Outcome.Broken, "lost Xyzzy", block: 4).Unmeasured(Outcome.Broken, "lost Plugh", block: 5).Unmeasured(Outcome.Broken, "lost Xyzzy", block: 6).Build());
        var details = Harness.Analysis.Tables.RunTables.Trials(redacted).Where(row => row.Outcome == Outcome.Broken).Select(row => row.Detail).ToList();
        Assert.Equal(3, details.Count);
        Assert.Equal(details[0], details[2]);
        Assert.NotEqual(details[0], details[1]);
        Assert.All(details, detail => Assert.Matches("^lost removed-[0-9]+$", detail));
    }

    [Fact]
    public void An_exported_folder_can_be_exported_again_and_says_the_same()
    {
        var once = Redacted(PlantedRun.Write(_run));
        var twice = new RunFolder(Path.Combine(_target, "twice"));
        PlantedRun.Export(once, twice.Root, ExportKind.Folder);
        Assert.Equal(File.ReadAllText(once.TrialsCsv), File.ReadAllText(twice.TrialsCsv));
        Assert.Equal(File.ReadAllText(once.ObservationsCsv), File.ReadAllText(twice.ObservationsCsv));
        Assert.Equal(File.ReadAllText(once.RedactedCsv), File.ReadAllText(twice.RedactedCsv));
    }

    [Fact]
    public void Definitions_that_are_not_the_programs_own_leave_only_when_whoever_exports_says_so()
    {
        var folder = _run.Usual().Build();
        File.AppendAllText(Path.Combine(folder.Definitions, "kernel-identity", "README.md"), "\nRun on vault7.\n");
        RunChecksums.Seal(folder);
        var message = Assert.Throws<HarnessException>(() => Redacted(folder)).Message;
        Assert.Contains("kernel-identity/README.md is not this program's own", message, StringComparison.Ordinal);
        Assert.Contains("--own-definitions", message, StringComparison.Ordinal);
        Exports.Write(folder, new ExportRequest([ExportKind.Folder], Path.Combine(_target, "own"), PlantedRun.Redaction with { OwnDefinitions = true }), TestContext.Current.CancellationToken);
    }

    [Fact]
    public void A_run_that_was_changed_is_not_exported()
    {
        var folder = _run.Usual().Build();
        File.AppendAllText(folder.TrialsCsv, "\n");
        Assert.Contains("trials.csv: was changed after the run", Assert.Throws<HarnessException>(() => Redacted(folder)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("exit status 2, no such file or directory", "exit status 2, no such file or directory")]
    [InlineData("/bin/bash: signal 11", "/bin/bash: signal 11")]
    [InlineData("/root/.cache/x/agent: ENOENT", "/removed-1: ENOENT")]
    [InlineData("docker.io/library/debian:12", "docker.io/library/debian:12")]
    [InlineData("registry.corp.example/debian:12", "removed-1.invalid")]
    [InlineData("6.1.0-18-amd64", "6.1.0-18-amd64")]
    [InlineData("6.1.0-xyzzy", "6.1.0-removed-1")]
    [InlineData("libc.so.6", "libc.so.6")]
    [InlineData("127.0.0.1:5000 and 192.168.1.7", "127.0.0.1:5000 and removed-1.invalid")]
    [InlineData("root@vault7", "removed-1.invalid")]
    // A registry on loopback may be the end of a tunnel.
    [InlineData("127.0.0.1:5000/acme/internal-api:1.4", "removed-1.invalid")]
    [InlineData("127.0.0.1:5000/library/debian:12", "127.0.0.1:5000/library/debian:12")]
    [InlineData("--mirror images=127.0.0.1:5000/acme", "--mirror images=removed-1.invalid")]
    [InlineData("github.com:acme docker.io:acme/alpine", "removed-1.invalid removed-2.invalid")]
    [InlineData("https://github.com/debian#acme acme://github.com/debian https://github.com/acme/../debian", "removed-1.invalid removed-2.invalid removed-3.invalid")]
    [InlineData("https://github.com/debian", "https://github.com/debian")]
    // What begins with a digit is no version for that.
    [InlineData("3a7c91f0b2d4", "removed-1")]
    [InlineData("10.4.5.6:https", "removed-1.invalid")]
    [InlineData("172.17.0.2-172.17.0.9", "removed-1")]
    [InlineData("00-16-3e-12-34-56", "removed-1.invalid")]
    [InlineData("2001:db8::7/64", "removed-1.invalid")]
    [InlineData("12345678-9abc-4def-8123-456789abcdef", "removed-1")]
    [InlineData("6.18.44-cloud-amd64 20.10.24+dfsg1 1.1.5+ds1-1+deb12u1 2.36-9+deb12u13 4.4.0 v1.7.24 6.1.0-49-cloud-amd64", "6.18.44-cloud-amd64 20.10.24+dfsg1 1.1.5+ds1-1+deb12u1 2.36-9+deb12u13 4.4.0 v1.7.24 6.1.0-49-cloud-amd64")]
    [InlineData("24.0.5-0ubuntu1~22.04.1 5.15.167.4-microsoft-standard-WSL2 6.1.102-111.187.amzn2023", "24.0.5-0ubuntu1~22.04.1 5.15.167.4-microsoft-standard-WSL2 6.1.102-111.187.amzn2023")]
    public void A_word_leaves_if_it_is_known_to_be_everybodys(string text, string told) =>
        Assert.Equal(told, new TextRedactor(PlantedRun.Words, new Removals()).Redact(text));

    [Fact]
    public void Of_a_kernels_command_line_known_parameters_stay() => Assert.Equal(
        "quiet ro vsyscall=none console=ttyS0,115200 removed-1 mitigations=removed-2 lsm=landlock,apparmor",
        KernelParameters.Redact("quiet ro vsyscall=none console=ttyS0,115200 root=UUID=77-aa mitigations=acme lsm=landlock,apparmor", new Removals()));

    private RunFolder Redacted(RunFolder folder)
    {
        var target = new RunFolder(Path.Combine(_target, "redacted"));
        PlantedRun.Export(folder, target.Root, ExportKind.Folder);
        return target;
    }
}
