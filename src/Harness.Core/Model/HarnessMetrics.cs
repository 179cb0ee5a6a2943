namespace Harness.Core.Model;

/// <summary>
/// Metrics that no program under test reports: one that does is told that there is no such metric, and its trial is broken. Else an image's
/// shell could write when its container was started.
/// </summary>
public static class HarnessMetrics
{
    /// <summary>What the harness itself reads around a sandbox: its own clock, the host, an engine that it asked. Not even the agent reports them.</summary>
    public static readonly ImmutableHashSet<string> Around =
    [
        // Where starting is measured.
        "stamp_ns", "engine_ping_ns", "channel_ns", "wall_ns",
        "harness_monotonic_before_ns", "harness_monotonic_after_ns", "harness_boottime_before_ns", "harness_boottime_after_ns",
        // How quiet the host was.
        "load_1m", "foreign_cpu", "steal_ns", "psi_cpu_ns", "psi_io_ns", "psi_memory_ns", "watched_ns", "disturbance",
        // Where an engine is, seen from the harness's own system.
        "client_system", "client_release", "client_boot_id", "client_wsl", "client_boottime_before_ns", "client_boottime_after_ns", "client_memory_bytes", "client_files",
        "engine_place", "engine_product", "engine_kernel", "engine_sign", "engine_machine_ns",
        // Pulls.
        "pull_ns", "pull_bytes", "pull_layers", "pull_layers_present", "pull_source",
    ];

    /// <summary>The agent's own first clock readings.</summary>
    public static readonly ImmutableHashSet<string> First = ["first_monotonic_ns", "first_boottime_ns"];
}
