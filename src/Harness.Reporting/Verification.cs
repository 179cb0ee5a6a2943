using Harness.Analysis;
using Harness.Analysis.Checking;
using Harness.Analysis.Judging;
using Harness.Core;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Reporting.Html;

namespace Harness.Reporting;

/// <summary>Whether a run's folder is what it was, and everything derived still follows from it.</summary>
public static class Verification
{
    /// <summary>Recomputes every derived file beside the run and compares bytes. Findings without a fault are remarks.</summary>
    /// <exception cref="HarnessException">The folder is no finished run.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public static ImmutableArray<Finding> Verify(RunFolder folder, HostEnvironment here, CancellationToken interruption = default)
    {
        var findings = ImmutableArray.CreateBuilder<Finding>();
        findings.AddRange(RunChecksums.CheckSources(folder));
        ImmutableArray<Finding> derived = [];
        ImmutableArray<Finding> remarks = [];
        var withoutEvidence = new HashSet<string>(StringComparer.Ordinal);
        using var temporary = ScratchFolder.Create("verify");
        try
        {
            // The same name as the run's: it stands in the report.
            var fresh = new RunFolder(Path.Combine(temporary.Path, folder.RunId));
            var made = Derivation.Write(folder, fresh, interruption);
            derived = [.. made.Failures.Select(failure => Finding.Remark("report.md", failure.ToString())), .. Compare(folder, fresh, SamePlatform(folder, here))];
            withoutEvidence.UnionWith(made.Failures.Where(failure => failure.Part == DerivedPart.Evidence).Select(failure => failure.Experiment));
            remarks = [.. made.Checks.Where(check => check.Holds == MethodCheck.No)
                .Select(check => Finding.Remark("checks.csv", $"the check {check.Name} does not hold: {check.Summary}"))];
        }
        catch (HarnessException e)
        {
            derived = [Finding.Fault("report.md", $"cannot be made again: {e.Message}")];
        }

        findings.AddRange(Integrity.Check(folder, withoutEvidence));
        findings.AddRange(FrameProof.Check(folder));
        findings.AddRange(derived);
        var named = findings.Select(finding => finding.File).ToHashSet(StringComparer.Ordinal);
        findings.AddRange(RunChecksums.CheckDerived(folder).Where(finding => !named.Contains(finding.File)));
        findings.AddRange(remarks);
        return findings.ToImmutable();
    }

    private static IEnumerable<Finding> Compare(RunFolder folder, RunFolder fresh, bool samePlatform)
    {
        var files = RunChecksums.Derived(folder).Union(RunChecksums.Derived(fresh), StringComparer.Ordinal).Order(StringComparer.Ordinal);
        foreach (var file in files)
        {
            var (there, again) = (Path.Combine(folder.Root, file), Path.Combine(fresh.Root, file));
            if (!File.Exists(there))
            {
                yield return Finding.Fault(file, "is missing");
            }
            else if (!File.Exists(again))
            {
                yield return Finding.Fault(file, "is not derivable from this run");
            }
            else if (file == "report.html" && !samePlatform && HtmlReport.WithoutFigures(File.ReadAllText(there)) == HtmlReport.WithoutFigures(File.ReadAllText(again)))
            {
                yield return Finding.Remark(file, "has figures that were drawn on another platform and are not compared");
            }
            else if (file.StartsWith("figures/", StringComparison.Ordinal) && !samePlatform)
            {
                yield return Finding.Remark(file, "was drawn on another platform and is not compared");
            }
            else if (!File.ReadAllBytes(there).AsSpan().SequenceEqual(File.ReadAllBytes(again)))
            {
                yield return Finding.Fault(file, "differs from what the data produce");
            }
        }
    }

    private static bool SamePlatform(RunFolder folder, HostEnvironment here)
    {
        try
        {
            return EnvironmentFiles.Read(folder).All(host => host.Os.Architecture == here.Os.Architecture && host.Os.Id == here.Os.Id && host.Os.VersionId == here.Os.VersionId);
        }
        catch (HarnessException)
        {
            return false;
        }
    }
}
