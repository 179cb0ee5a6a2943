using Harness.Analysis.Checking;
using Harness.Core.Journaling;
using Harness.Reporting;
using Harness.Tests.Analysis;

namespace Harness.Tests.Sites;

/// <summary>A run to put on a site, with everything that is derived from it.</summary>
internal static class MadeRun
{
    /// <summary>Makes one in a folder of runs.</summary>
    /// <param name="runs">The folder.</param>
    /// <param name="name">Its id.</param>
    /// <param name="qualified">Whether C1 is qualified; else it is refuted.</param>
    /// <param name="parts">The parts of a plan of two that it is, or was merged from; none: it is no part.</param>
    internal static RunFolder In(string runs, string name, bool qualified, params PlannedPart[] parts)
    {
        using var run = new RunBuilder { Name = name };
        var folder = (qualified ? run.Usual() : run.Usual().Container("crun", readings: KernelReadings.Gvisor)).Build();
        if (parts.Length > 0)
        {
            (PlanFile.Read(folder) with { Shard = new PlannedShard([.. parts], 2, new string('0', 64)) }).Write(folder);
            RunChecksums.Seal(folder);
        }

        var copy = new RunFolder(Path.Combine(runs, name));
        foreach (var file in Directory.EnumerateFiles(folder.Root, "*", SearchOption.AllDirectories))
        {
            var to = Path.Combine(copy.Root, Path.GetRelativePath(folder.Root, file));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }

        Derivation.Regenerate(copy);
        return copy;
    }
}
