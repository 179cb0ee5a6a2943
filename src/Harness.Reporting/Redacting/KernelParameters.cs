using System.Text.RegularExpressions;

namespace Harness.Reporting.Redacting;

/// <summary>
/// What of a kernel's command line may be told: parameters that the kernel documents and that say how it runs, with values that are words or numbers. Disks, hosts,
/// addresses, consoles of a provider and what a boot loader added stay behind. Source: Documentation/admin-guide/kernel-parameters.rst.
/// </summary>
internal static partial class KernelParameters
{
    private static readonly ImmutableHashSet<string> _known =
    [
        "acpi", "apic", "apparmor", "audit", "boot_delay", "cgroup_disable", "cgroup_enable", "cgroup.memory", "clocksource", "console", "cpuidle.off", "default_hugepagesz", "earlyprintk",
        "efi", "elevator", "emergency", "fsck.mode", "fsck.repair", "gather_data_sampling", "hpet", "hugepages", "hugepagesz", "idle", "init_on_alloc", "init_on_free", "initcall_debug",
        "intel_idle.max_cstate", "intel_iommu", "intel_pstate", "amd_iommu", "amd_pstate", "iommu", "iommu.passthrough", "iommu.strict", "isolcpus", "kpti", "ksm", "kvm-intel.nested",
        "kvm_amd.nested", "kvm_intel.nested", "l1tf", "lapic", "libata.force", "lockdown", "loglevel", "lsm", "maxcpus", "mce", "mds", "mem", "mitigations", "mmio_stale_data",
        "module.sig_enforce", "net.ifnames", "biosdevname", "nmi_watchdog", "noapic", "noefi", "nohz", "nohz_full", "nokaslr", "nolapic", "nomodeset", "noreplace-smp", "nosmp", "nosmt", "nosoftlockup", "nowatchdog",
        "no_timer_check", "nopti", "nopv", "nospectre_v1", "nospectre_v2", "notsc", "nr_cpus", "numa", "numa_balancing", "page_alloc.shuffle", "panic", "panic_on_oops", "pci", "pcie_aspm",
        "preempt", "printk.time", "processor.max_cstate", "psi", "pti", "quiet", "random.trust_bootloader", "random.trust_cpu", "rcu_nocbs", "rcupdate.rcu_expedited", "reboot", "retbleed", "ro", "rootdelay",
        "rootwait", "rw", "seccomp", "security", "selinux", "skew_tick", "slab_nomerge", "slub_debug", "spec_rstack_overflow", "spec_store_bypass_disable", "spectre_bhi", "spectre_v2", "spectre_v2_user", "splash", "srbds",
        "swapaccount", "systemd.unified_cgroup_hierarchy", "systemd.legacy_systemd_cgroup_controller", "threadirqs", "transparent_hugepage", "tsc", "tsx", "tsx_async_abort", "vga", "vsyscall", "watchdog", "x86_intel_mpx", "zswap.enabled",
    ];

    /// <summary>The command line with every other parameter replaced.</summary>
    internal static string Redact(string cmdline, Removals removals) => Parameter().Replace(cmdline, match =>
    {
        var equals = match.Value.IndexOf('=', StringComparison.Ordinal);
        var (name, value) = equals < 0 ? (match.Value, "") : (match.Value[..equals], match.Value[(equals + 1)..]);
        return Removals.IsMark(match.Value) ? match.Value
            : !_known.Contains(name) ? removals.Mark("kernel parameter", match.Value)
            : Value().IsMatch(value) || Removals.IsMark(value) ? match.Value
            : $"{name}={removals.Mark("kernel parameter", value)}";
    });

    [GeneratedRegex("(?:[^\\s\"]|\"[^\"]*\")+")]
    private static partial Regex Parameter();

    // 'on', '1', 'ttyS0,115200n8', 'auto,nosmt', '0-3,8': nothing that names a place or a person.
    [GeneratedRegex("^(?:|[0-9]+[kKMG]?|[0-9,-]+|tty[A-Z]*[0-9]+(?:,[0-9]+(?:n8)?)?|hvc0|(?:on|off|auto(?:,(?:nosmt|no_guest_host|no_guest_guest|no_user_kernel|no_user_user|no_cross_thread))*|force|full|full,force|forced|always|madvise|never|none|xonly|emulate|native|tsc|hpet|kvm-clock|acpi_pm|prefer|nosmt|auto,nosmt|ibrs|retpoline|eibrs|prctl|seccomp|nosmp|passive|active|guided|performance|pt|nopt|memory|cpu|integrity|confidentiality|voluntary|lazy|apparmor|selinux|noirq|noapic|skip|preen|yes|no|text|normal|(?:lockdown|yama|loadpin|safesetid|integrity|apparmor|selinux|smack|tomoyo|bpf|landlock|ima|evm|ipe|capability)(?:,(?:lockdown|yama|loadpin|safesetid|integrity|apparmor|selinux|smack|tomoyo|bpf|landlock|ima|evm|ipe|capability))*|poll|halt|nomwait))\\z")]
    private static partial Regex Value();
}
