using System.Collections.Immutable;
using Harness.Analysis.Statistics;
using Harness.Benchmarks.Coverage;
using Harness.Reporting.Sites;

namespace Harness.Tests.Sites;

/// <summary>A site of made-up runs on two hosts: a verdict that turns and turns back, and a cell that becomes slower.</summary>
public static class MadeUpSite
{
    /// <summary>Writes it into a folder that is empty or not there.</summary>
    public static void Write(string folder, int runs)
    {
        var draws = new Draws(1);
        var site = SiteFolder.Open(folder, null);
        for (var day = 1; day <= runs; day++)
        {
            var run = Run(day, runs, draws);
            var own = Directory.CreateDirectory(Path.Combine(folder, "runs", run.RunId)).FullName;
            File.WriteAllText(Path.Combine(own, "summary.json"), run.ToJson());
        }

        site.Write();
    }

    private static RunSummary Run(int day, int runs, Draws draws)
    {
        var host = day % 4 == 0 ? "bbbbbbbbbbbb" : "aaaaaaaaaaaa";
        var slower = day > runs * 2 / 3 ? 1.3 : 1;
        var run = SiteTests.Run(day, day > runs / 3 && day < runs / 2 ? "refuted" : "qualified", host);
        return run with
        {
            Claims = run.Claims.Add("C7", "Containers start faster and weigh less than VMs").Add("C4b", "The vsyscall mode decides, whatever the kernel's version"),
            Verdicts =
            [
                .. run.Verdicts,
                new SiteVerdict("kernel-identity", "C1", "runtime=runc", "supported", "8 of 8"),
                new SiteVerdict("kernel-identity", "C1", "runtime=runsc", "refuted", "0 of 8"),
                new SiteVerdict("startup", "C7", "", day < 3 ? "not tested" : "inconclusive", "runc 38 ms, a VM 1.5 s under tcg"),
                new SiteVerdict("legacy-userland", "C4b", "", "supported", "4 of 4 crashed without vsyscall"),
            ],
            Times = [.. Time("host|host|/host||", "plain process", 1.5e6), .. Time("busybox:static|host|/runc||", "busybox:static, runc", 38e6 * slower), .. Time("busybox:static|host|/namespaces||", "busybox:static, namespaces", 4e6)],
        };

        SiteTime[] Time(string cell, string label, double median)
        {
            var value = median * Math.Exp(0.03 * draws.Normal());
            return [new SiteTime("startup", new SampleLine(host, "to_first_ns", "ns", "agent", cell, label, 10, value, value * 0.96, value * 1.05))];
        }
    }
}
