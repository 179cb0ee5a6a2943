using System.Text.RegularExpressions;
using Harness.Analysis.Checking;
using Harness.Analysis.Judging;
using Harness.Core.Journaling;
using Harness.Reporting;
using Harness.Reporting.Exporting;
using Harness.Tests.Analysis;

namespace Harness.Tests.Exporting;

/// <summary>
/// The committed run, <c>results/reference/</c>: this program verifies it, judges its rows as before, and README says what it says. Where none is committed,
/// README names none; that these checks find something, runs of the tests' own show.
/// </summary>
public sealed partial class ReferenceTests : IDisposable
{
    private const long MostBytes = 15 << 20;

    private readonly RunBuilder _run = new();
    private readonly string _target = Directory.CreateTempSubdirectory("harness-test-").FullName;

    private static RunFolder Reference { get; } = new(Path.Combine(RunBuilder.Repository, "results", "reference"));

    public void Dispose()
    {
        _run.Dispose();
        Directory.Delete(_target, recursive: true);
    }

    [Fact]
    public void The_reference_run_holds()
    {
        var readme = File.ReadAllText(Path.Combine(RunBuilder.Repository, "README.md"));
        if (!Directory.Exists(Reference.Root))
        {
            // What is not there must not be named as a source.
            Assert.DoesNotContain("results/reference", readme, StringComparison.Ordinal);
            return;
        }

        Assert.Equal("", string.Join('\n', Mistakes(Reference, readme, Path.Combine(RunBuilder.Repository, "docs", "figures"))));
    }

    [Fact]
    public void A_run_that_was_exported_for_it_holds()
    {
        var folder = Exported();
        Assert.Equal("", string.Join('\n', Mistakes(folder, Table(folder), folder.Figures)));
    }

    [Fact]
    public void A_readme_that_says_something_else_is_found()
    {
        var folder = Exported();
        var told = Table(folder);
        Assert.Contains("README.md: C1 is 'supported', and the reference says 'qualified'", Mistakes(folder, told.Replace("| qualified |", "| supported |", StringComparison.Ordinal), folder.Figures));
        Assert.Contains(Mistakes(folder, told.Replace("runc", "crun", StringComparison.Ordinal), folder.Figures), mistake => mistake.StartsWith("README.md: the headline of C1 is ", StringComparison.Ordinal));
        Assert.Contains("README.md: has no table of verdicts", Mistakes(folder, "# Harness\n", folder.Figures));
    }

    [Fact]
    public void A_figure_of_another_run_is_found()
    {
        var folder = Exported();
        File.WriteAllText(Path.Combine(_target, "kernel-identity.png"), "another");
        Assert.Contains("README.md: kernel-identity.png is not the reference's", Mistakes(folder, Table(folder), _target));
    }

    [Fact]
    public void Sql_that_judges_the_same_rows_otherwise_is_found()
    {
        var folder = Exported();
        var sql = Path.Combine(folder.Definitions, "kernel-identity", "verdict.sql");
        // As if the experiment's SQL had been changed since.
        File.WriteAllText(sql, File.ReadAllText(sql).Replace("Holds under", "Held under", StringComparison.Ordinal));
        RunChecksums.Seal(folder);
        Derivation.Regenerate(folder);
        Assert.Contains(Mistakes(folder, Table(folder), folder.Figures), mistake => mistake.StartsWith("verdicts.csv: today's experiments/ judge the reference's rows otherwise", StringComparison.Ordinal));
    }

    private RunFolder Exported()
    {
        var folder = new RunFolder(Path.Combine(_target, "reference"));
        Exports.Write(_run.Usual().Build(), new ExportRequest([ExportKind.Folder], folder.Root, PlantedRun.Redaction), TestContext.Current.CancellationToken);
        return folder;
    }

    // README's rows as they should be, and its first figure.
    private static string Table(RunFolder folder) =>
        "![Whose kernel](docs/figures/kernel-identity.png)\n\n## What it found\n\n| claim | verdict | headline |\n|---|---|---|\n"
        + string.Concat(VerdictEngine.ReadFile(folder).Where(row => row.Scope.Length == 0).Select(row => $"| {row.Claim}: in other words | {row.Verdict}{(row.Basis == "synthetic" ? " (stand-in)" : "")} | {row.Headline} |\n"));

    private static List<string> Mistakes(RunFolder reference, string readme, string figures) =>
    [
        .. Verification.Verify(reference, RunBuilder.Environment(RunBuilder.FirstHost), TestContext.Current.CancellationToken).Where(finding => finding.IsFault).Select(finding => finding.ToString()),
        .. Contents(reference),
        .. Judged(reference),
        .. Readme(reference, readme, figures),
    ];

    private static IEnumerable<string> Contents(RunFolder reference)
    {
        if (!RedactionList.IsRedacted(reference))
        {
            yield return "redacted.csv: is missing: make it with 'harness export RUN --to folder --out results/reference'";
        }

        // C2 is judged from the lists of files and the kernels' configurations.
        if (Directory.Exists(reference.Raw) && Directory.GetFileSystemEntries(reference.Raw).FirstOrDefault(entry => entry != reference.Filesystems && entry != reference.KernelOptions) is { } raw)
        {
            yield return $"raw/{Path.GetFileName(raw)}: is raw, and stays behind";
        }

        if (Packed(reference) is var bytes and > MostBytes)
        {
            yield return FormattableString.Invariant($"is {bytes} bytes when packed, more than {MostBytes}");
        }
    }

    // What it adds to a clone: git packs each file by the same method.
    private static long Packed(RunFolder reference)
    {
        using var packed = new MemoryStream();
        foreach (var file in Directory.GetFiles(reference.Root, "*", SearchOption.AllDirectories))
        {
            using var content = File.OpenRead(file);
            using var packer = new System.IO.Compression.ZLibStream(packed, System.IO.Compression.CompressionLevel.Optimal, leaveOpen: true);
            content.CopyTo(packer);
        }

        return packed.Length;
    }

    private static IEnumerable<string> Judged(RunFolder reference)
    {
        var experiments = Path.Combine(RunBuilder.Repository, "experiments");
        using var scratch = ScratchFolder.Create("verify");
        var again = new RunFolder(Path.Combine(scratch.Path, reference.RunId));
        foreach (var file in Directory.GetFiles(reference.Root, "*", SearchOption.AllDirectories))
        {
            var name = Path.GetRelativePath(reference.Root, file);
            var today = name.StartsWith("definitions", StringComparison.Ordinal) && name.EndsWith(".sql", StringComparison.Ordinal) ? Path.Combine(experiments, Path.GetRelativePath("definitions", name)) : file;
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(again.Root, name))!);
            File.Copy(File.Exists(today) ? today : file, Path.Combine(again.Root, name));
        }

        RunChecksums.Seal(again);
        Derivation.Regenerate(again, TestContext.Current.CancellationToken);
        var (then, now) = (File.ReadAllLines(reference.VerdictsCsv), File.ReadAllLines(again.VerdictsCsv));
        if (!then.SequenceEqual(now))
        {
            yield return $"verdicts.csv: today's experiments/ judge the reference's rows otherwise ({now.Except(then).FirstOrDefault() ?? "a row is gone"}): if that is meant, export the reference again";
        }
    }

    private static IEnumerable<string> Readme(RunFolder reference, string readme, string figures)
    {
        var verdicts = VerdictEngine.ReadFile(reference).Where(row => row.Scope.Length == 0).ToLookup(row => row.Claim);
        var rows = Row().Matches(readme);
        if (rows.Count == 0)
        {
            yield return "README.md: has no table of verdicts";
        }

        foreach (Match row in rows)
        {
            var (claim, verdict, headline) = (row.Groups["claim"].Value, row.Groups["verdict"].Value, row.Groups["headline"].Value.Replace("\\|", "|", StringComparison.Ordinal));
            if (verdicts[claim].FirstOrDefault() is not { } said)
            {
                yield return $"README.md: {claim} has no verdict in the reference";
                continue;
            }

            if (verdict != said.Verdict + (said.Basis == "synthetic" ? " (stand-in)" : ""))
            {
                yield return $"README.md: {claim} is '{verdict}', and the reference says '{said.Verdict}'";
            }

            if (headline != said.Headline)
            {
                yield return $"README.md: the headline of {claim} is '{headline}', and the reference says '{said.Headline}'";
            }
        }

        foreach (Match picture in Picture().Matches(readme))
        {
            var name = picture.Groups[1].Value;
            var (told, drawn) = (Path.Combine(figures, name), Path.Combine(reference.Figures, name));
            if (!File.Exists(told) || !File.Exists(drawn) || !File.ReadAllBytes(told).AsSpan().SequenceEqual(File.ReadAllBytes(drawn)))
            {
                yield return $"README.md: {name} is not the reference's";
            }
        }
    }

    [GeneratedRegex("^\\| (?<claim>C[0-9]+[a-z]?(?:-[a-z]+)?): [^|]* \\| (?<verdict>[^|]+?) \\| (?<headline>(?:[^|]|\\\\\\|)+?) \\|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("!\\[[^\\]]*\\]\\(docs/figures/([^)/]+\\.png)\\)")]
    private static partial Regex Picture();
}
