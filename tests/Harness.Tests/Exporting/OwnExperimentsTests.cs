using System.Security.Cryptography;
using Harness.Core;
using Harness.Core.Journaling;
using Harness.Reporting;
using Harness.Reporting.Exporting;
using Harness.Reporting.Redacting;
using Harness.Tests.Analysis;

namespace Harness.Tests.Exporting;

/// <summary>Which experiments are the program's own, and what becomes of others.</summary>
public sealed class OwnExperimentsTests : IDisposable
{
    private readonly RunBuilder _run = new();
    private readonly string _target = Directory.CreateTempSubdirectory("harness-test-").FullName;

    public void Dispose()
    {
        _run.Dispose();
        Directory.Delete(_target, recursive: true);
    }

    [Fact]
    public void Every_experiment_that_lies_here_is_listed_as_the_programs_own()
    {
        var list = Path.Combine(RunBuilder.Repository, "src", "Harness.Reporting", "Redacting", "own-experiments.sha256");
        var now = string.Concat(Directory.EnumerateFiles(PlantedRun.Experiments, "*", SearchOption.AllDirectories)
            .Select(file => (Name: Path.GetRelativePath(PlantedRun.Experiments, file).Replace('\\', '/'), File: file))
            // The default lock is the user's.
            .Where(file => !file.Name.EndsWith(".lock.json", StringComparison.Ordinal))
            .OrderBy(file => file.Name, StringComparer.Ordinal)
            .Select(file => $"{Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file.File)))}  {file.Name}\n"));
        if (Golden.IsUpdated)
        {
            File.WriteAllText(list, now);
        }

        Assert.True(File.ReadAllText(list) == now, $"{list} is not what lies in experiments/: HARNESS_UPDATE_GOLDEN=1 writes it, and what it lists may leave with every export");
    }

    [Fact]
    public void What_somebody_added_to_the_checkout_or_changed_there_says_no_public_word()
    {
        var experiments = Path.Combine(_target, "experiments");
        foreach (var file in Directory.EnumerateFiles(PlantedRun.Experiments, "*", SearchOption.AllDirectories))
        {
            var to = Path.Combine(experiments, Path.GetRelativePath(PlantedRun.Experiments, file));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }

        File.AppendAllText(Path.Combine(experiments, "userlands.yaml"), "# xyzzyhost\n");
        Directory.CreateDirectory(Path.Combine(experiments, "acme-bench"));
        File.WriteAllText(Path.Combine(experiments, "acme-bench", "README.md"), "plughproject");
        var words = PublicWords.Read(experiments, AppContext.BaseDirectory, []);
        Assert.False(words.Contains("xyzzyhost"));
        Assert.False(words.Contains("plughproject"));
        Assert.True(words.Contains("userland"));
    }

    [Fact]
    public void An_experiment_of_the_users_own_keeps_its_name_where_they_let_it_leave()
    {
        var folder = _run.Usual().Build();
        var (from, to) = (Path.Combine(folder.Definitions, "kernel-identity"), Path.Combine(folder.Definitions, "acme-bench"));
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from))
        {
            File.WriteAllText(Path.Combine(to, Path.GetFileName(file)), File.ReadAllText(file).Replace("id: kernel-identity", "id: acme-bench", StringComparison.Ordinal));
        }

        var plan = PlanFile.Read(folder);
        (plan with { Experiments = [.. plan.Experiments, "acme-bench"] }).Write(folder);
        Harness.Analysis.Checking.RunChecksums.Seal(folder);
        Derivation.Regenerate(folder, TestContext.Current.CancellationToken);
        Assert.Contains("not this program's own", Assert.Throws<HarnessException>(() => Export(false)).Message, StringComparison.Ordinal);
        Assert.Equal(["kernel-identity", "acme-bench"], PlanFile.Read(Export(true)).Experiments);

        RunFolder Export(bool own)
        {
            var target = new RunFolder(Path.Combine(_target, $"out-{own}"));
            Exports.Write(folder, new ExportRequest([ExportKind.Folder], target.Root, PlantedRun.Redaction with { OwnDefinitions = own }), TestContext.Current.CancellationToken);
            return target;
        }
    }

    [Fact]
    public void Names_of_the_machine_and_the_user_never_leave_though_they_are_public_words()
    {
        var words = PublicWords.Read(PlantedRun.Experiments, AppContext.BaseDirectory, ["nova", "jammy", "3a7c", "root"]);
        Assert.Equal(
            "on removed-1 by removed-2 in removed-3: root filesystem, 22.04-removed-4, 4.4.0",
            new TextRedactor(words, new Removals()).Redact("on nova by jammy in 3a7c: root filesystem, 22.04-jammy, 4.4.0"));
    }

    [Fact]
    public void Letters_of_a_hash_are_no_words()
    {
        // As in digests of userlands.yaml.
        Assert.Matches(TextRedactor.Hexadecimal(), "sha256:0dcfaa17b1c4afb5");
        Assert.DoesNotMatch(TextRedactor.Hexadecimal(), "deadbeefcafe 20240115 6.1.0-49-cloud-amd64");
        Assert.False(PlantedRun.Words.Contains("aed"));
    }
}
