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
    /// <summary>
    /// Recomputes every derived file beside the run and compares bytes. Findings without a fault are remarks. Of a run that another version wrote, words and
    /// drawings may differ, which is a remark; data that differ, or that cannot be derived, are a fault that names the version which can prove them.
    /// </summary>
    /// <exception cref="HarnessException">The folder is no finished run.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public static ImmutableArray<Finding> Verify(RunFolder folder, HostEnvironment here, CancellationToken interruption = default)
    {
        var findings = ImmutableArray.CreateBuilder<Finding>();
        findings.AddRange(RunChecksums.CheckSources(folder));
        var writer = RunWriter.Of(folder, here.Tool);
        ImmutableArray<Finding> derived = [];
        ImmutableArray<Finding> remarks = [];
        var withoutEvidence = new HashSet<string>(StringComparer.Ordinal);
        using var temporary = ScratchFolder.Create("verify");
        try
        {
            // The same name as the run's: it stands in the report.
            var fresh = new RunFolder(Path.Combine(temporary.Path, folder.RunId));
            var made = Derivation.Write(folder, fresh, interruption);
            derived = [.. made.Failures.Select(failure => Finding.Remark("report.md", failure.ToString())), .. Told(writer, Compare(folder, fresh, SamePlatform(folder, here)))];
            withoutEvidence.UnionWith(made.Failures.Where(failure => failure.Part == DerivedPart.Evidence).Select(failure => failure.Experiment));
            remarks = [.. made.Checks.Where(check => check.Holds == MethodCheck.No)
                .Select(check => Finding.Remark("checks.csv", $"the check {check.Name} does not hold: {check.Summary}"))];
        }
        catch (HarnessException e)
        {
            derived = [Finding.Fault("report.md", $"cannot be made again: {e.Message}{(writer.IsOther ? $"; {Remedy(writer)}" : "")}")];
        }

        if (RedactionList.Read(folder) is { IsEmpty: false } removed)
        {
            findings.Add(Finding.Remark("redacted.csv", FormattableString.Invariant($"the run was redacted: {removed.Sum(row => row.Times)} texts and files were taken out, as listed there")) with { IsRedacted = true });
        }

        findings.AddRange(Integrity.Check(folder, withoutEvidence));
        findings.AddRange(FrameProof.Check(folder));
        findings.AddRange(derived);
        var named = findings.Where(finding => !finding.IsUnproven).Select(finding => finding.File).ToHashSet(StringComparer.Ordinal);
        findings.AddRange(RunChecksums.CheckDerived(folder).Where(finding => !named.Contains(finding.File)));
        findings.AddRange(remarks);
        return findings.ToImmutable();
    }

    private static IEnumerable<Finding> Told(RunWriter writer, IEnumerable<Finding> findings)
    {
        var all = findings.ToLookup(finding => writer.IsOther && finding.IsFault && RunWriter.IsPresented(finding.File));
        foreach (var finding in all[false])
        {
            yield return writer.IsOther && finding.IsFault ? finding with { Message = $"{finding.Message}; {Remedy(writer)}" } : finding;
        }

        if (all[true].ToList() is [var first, .. var others])
        {
            var more = others.Count > 0 ? FormattableString.Invariant($"and {others.Count} more of report and figures are") : "is";
            yield return Finding.Remark(first.File, $"{more} not proven: {writer.Said} wrote the run, and this version words or draws them otherwise; 'harness report' makes them again") with { IsUnproven = true };
        }
    }

    private static string Remedy(RunWriter writer) => $"{writer.Said} wrote the run, and this version cannot prove it: verify with that one";

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
