using Harness.Core.Model;
using Harness.Core.Planning;

namespace Harness.Benchmarks.Analysis;

/// <summary>
/// The readings of trials of <c>startup</c>, those that its <c>verdict.sql</c> uses, one trial after the other on one clock. Times to the
/// first instruction are log-normal around a median of their cell, the same for a seed.
/// </summary>
internal sealed class GeneratedReadings(ulong seed)
{
    private const string BootId = "0d9d5a4e-3b7e-4c55-9a0e-7f2c1d5b8a11";
    private const double Spread = 0.12;

    private readonly SplitMix64 _random = new(seed);

    // Up for 120 days: nanoseconds that a double does not hold exactly.
    private long _now = 120L * 24 * 3600 * 1_000_000_000;

    /// <summary>Of the next trial.</summary>
    internal ImmutableArray<Observation> Next(Cell cell, string probe)
    {
        if (probe == "pull")
        {
            return Pull();
        }

        var readings = ImmutableArray.CreateBuilder<Observation>(14);
        var machine = KnownRuntimes.Of(cell).Kind == RuntimeKind.VirtualMachine;
        var engine = cell.Engine.Length > 0;
        var took = (long)(Milliseconds(cell) * LogNormal() * 1e6);
        var (begin, first) = (_now, _now + took);
        var own = took / 3;
        var arrived = machine ? first : first + 150_000;
        if (engine)
        {
            Add("engine_ping_ns", "", 400_000 + _random.Next(100_000));
        }

        Add("stamp_ns", "begin", begin);
        if (engine)
        {
            Add("stamp_ns", "created", begin + (took * 3 / 10));
        }

        Add("stamp_ns", "start", begin + (took * 7 / 20));
        Add("stamp_ns", "started", machine ? begin + (took / 50) : first - 100_000);
        Add("stamp_ns", "arrived", arrived);
        Add("stamp_ns", "ended", arrived + 2_000_000);
        Add("stamp_ns", "removed", arrived + 9_000_000);
        Add("first_monotonic_ns", "", machine ? own : first);
        Add("first_boottime_ns", "", machine ? own : first);
        switch (probe)
        {
            case "agent":
                readings.Add(Observation.OfText("boot_id", "", machine ? $"{_random.Next() >> 32:x8}-0000-4000-8000-000000000000" : BootId));
                Add("timens_monotonic_ns", "", 0);
                break;
            case "shell":
                Add("shell_monotonic_ns", "", (machine ? own : first) + 4_000_000);
                break;
            case "bdn":
                Add("wall_ns", "", took + 200_000);
                break;
            default:
                throw new InvalidOperationException($"startup has a probe '{probe}' that nothing is drawn for");
        }

        if (machine)
        {
            Add("channel_ns", "", 300_000);
        }

        _now = arrived + 200_000_000;
        return readings.ToImmutable();

        void Add(string metric, string subject, long value) => readings.Add(Observation.Number(metric, subject, value));
    }

    // As they were seen on a small machine: only their order of size matters here.
    private static double Milliseconds(Cell cell)
    {
        var plain = (KnownRuntimes.Of(cell).Kind, cell.Engine.Length > 0) switch
        {
            (RuntimeKind.Process, _) => 1.4,
            (RuntimeKind.VirtualMachine, _) => cell.Variant.Contains("shape=q35", StringComparison.Ordinal) ? 6400 : 2100,
            (_, true) => 190,
            _ when cell.Runtime == "namespaces" => 4,
            _ => 38,
        };
        return (plain + (cell.Variant.Contains("net=bridge", StringComparison.Ordinal) ? 150 : 0) + (cell.Variant.Contains("path=", StringComparison.Ordinal) ? 70 : 0))
            * (cell.Variant.Contains("cache=cold", StringComparison.Ordinal) ? 5 : 1);
    }

    private ImmutableArray<Observation> Pull() =>
    [
        Observation.Number("pull_ns", "", (long)(900e6 * LogNormal())), Observation.Number("pull_bytes", "", 1_234_567), Observation.Number("pull_layers", "", 1),
        Observation.Number("pull_layers_present", "", 0), Observation.OfText("pull_source", "", "registry.example/userland@sha256:" + new string('a', 64)),
    ];

    // By the sum of twelve uniform numbers, nearly normal.
    private double LogNormal()
    {
        double sum = -6;
        for (var i = 0; i < 12; i++)
        {
            sum += (_random.Next() >> 11) * (1.0 / (1UL << 53));
        }

        return Math.Exp(Spread * sum);
    }
}
