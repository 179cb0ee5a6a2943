using System.Collections.Immutable;
using Harness.Core.Model;

namespace Harness.Tests.Analysis;

public sealed partial class StartupRun
{
    /// <summary>What is unusual about a trial.</summary>
    public sealed record How
    {
        /// <summary>Of a watched start: when what was seen, in tenths of the way from its start to the first instruction.</summary>
        public ImmutableSortedDictionary<string, int>? Moments { get; init; } = new Dictionary<string, int>
        {
            ["shim"] = 2,
            ["runtime_create"] = 3,
            ["runtime_created"] = 6,
            ["runtime_start"] = 7,
        }.ToImmutableSortedDictionary(StringComparer.Ordinal);

        public static How Usual { get; } = new();

        public string Probe { get; init; } = "agent";

        public int Repetition { get; init; } = 1;

        public bool Warmup { get; init; }

        public Outcome Outcome { get; init; } = Outcome.Ok;

        public string Detail { get; init; } = "";

        public string? Disturbance { get; init; }

        /// <summary>The share of the trial in which some task waited for a processor.</summary>
        public decimal? Waiting { get; init; }

        public string? BootId { get; init; } = StartupRun.BootId;

        public decimal ClockOffset { get; init; }

        /// <summary>What the sandbox says its clock is off by; null: the truth.</summary>
        public decimal? SaidOffset { get; init; }

        public string Host { get; init; } = StartupRun.Host;
    }
}
