using System.Collections.Immutable;
using Harness.Analysis.Statistics;
using Harness.Reporting.Sites;

namespace Harness.Tests.Sites;

/// <summary>A site of made-up runs on two hosts: a verdict that turns and turns back, and a cell that becomes slower.</summary>
public static class MadeUpSite
{
    /// <summary>Writes it into a folder that is empty or not there.</summary>
    public static void Write(string folder, int runs)
    {
        var site = SiteFolder.Open(folder, null);
        for (var day = 1; day <= runs; day++)
        {
            var run = OfDay(day, runs);
            var own = Directory.CreateDirectory(Path.Combine(folder, "runs", run.RunId)).FullName;
            File.WriteAllText(Path.Combine(own, "summary.json"), run.ToJson());
        }

        site.Write();
    }

    private static RunSummary OfDay(int day, int runs)
    {
        var host = day % 4 == 0 ? "bbbbbbbbbbbb" : "aaaaaaaaaaaa";
        var slower = day > runs * 2 / 3 ? 1.3 : 1;
        var run = Run(day, day > runs / 3 && day < runs / 2 ? "refuted" : "qualified", host);
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
            var value = median * (1 + (0.03 * Math.Sin(7.3 * day * day)));
            return [new SiteTime("startup", new SampleLine(host, "to_first_ns", "ns", "agent", cell, label, 10, value, value * 0.96, value * 1.05))];
        }
    }

    /// <summary>A run of one claim, and of one time where a median in ns is given.</summary>
    internal static RunSummary Run(int day, string verdict, string host = "aaaaaaaaaaaa", double? median = null) => new()
    {
        RunId = $"run-{day}",
        Sums = new string('0', 64),
        CreatedAtUtc = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddDays(day),
        ToolVersion = "1.0.0",
        Quick = false,
        Planned = 10,
        Measured = 9,
        Hosts = [new SiteHost(host, "Debian GNU/Linux 12 (bookworm)", "6.1.0-18-amd64", "x86_64")],
        Claims = new Dictionary<string, string> { ["C1"] = "A container runs on the host's kernel" }.ToImmutableSortedDictionary(),
        Verdicts = [new SiteVerdict("kernel-identity", "C1", "", verdict, "8 of 8 cells read the host's release")],
        Times = median is { } value ? [new SiteTime("startup", new SampleLine(host, "to_first_ns", "ns", "agent", "host|host|/host||", "host", 10, value, value * 0.95, value * 1.05))] : [],
    };
}
