using Harness.Core.Model;

namespace Harness.Tests.Analysis;

/// <summary>What the agent and the harness read in one trial of the probe <c>kernel</c>. Null: could not be read.</summary>
public sealed record KernelReadings
{
    public string? Release { get; init; } = "6.1.0-18-amd64";

    public string? Version { get; init; } = "#1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1";

    public string? BootId { get; init; } = "0d9d5a4e-3b7e-4c55-9a0e-7f2c1d5b8a11";

    public decimal? Btime { get; init; } = 1_700_000_000;

    public string? Cmdline { get; init; } = "a3f1c0";

    public decimal? Boottime { get; init; } = 5_000_050_000_000;

    public decimal? Offset { get; init; } = 0;

    public decimal? Before { get; init; } = 5_000_000_000_000;

    public decimal? After { get; init; } = 5_000_100_000_000;

    public string Remark { get; init; } = "/proc: errno 2";

    /// <summary>Facts that are not the kernel's word, since something is mounted over their files.</summary>
    public string[] MountedOver { get; init; } = [];

    /// <summary>The machine's own kernel.</summary>
    public static KernelReadings Host { get; } = new();

    /// <summary>As gVisor answers: no boot id, everything else its own.</summary>
    public static KernelReadings Gvisor { get; } = new()
    {
        Release = "4.4.0",
        Version = "#1 SMP Sun Jan 10 15:06:54 PST 2016",
        BootId = null,
        Btime = 1_700_005_000,
        Cmdline = "c4b32a",
        Boottime = 495_473_210,
        Remark = "/proc/sys/kernel/random/boot_id: errno 2",
    };

    public IEnumerable<Observation> Observations()
    {
        (string Metric, object? Reading)[] readings =
        [
            ("release", Release), ("version", Version), ("boot_id", BootId), ("btime", Btime), ("cmdline_sha256", Cmdline),
            ("boottime_ns", Boottime), ("timens_boottime_ns", Offset), ("harness_boottime_before_ns", Before), ("harness_boottime_after_ns", After),
        ];
        return readings.Select(reading => reading.Reading switch
        {
            string text => Observation.OfText(reading.Metric, "", text),
            decimal number => Observation.Number(reading.Metric, "", number),
            _ => Observation.OfText("unavailable", reading.Metric, Remark),
        }).Concat(MountedOver.Select(fact => Observation.OfText("mounted_over", fact, "tmpfs is mounted there")));
    }
}
