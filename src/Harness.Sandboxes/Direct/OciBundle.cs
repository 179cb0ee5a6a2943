using System.Text.Json;
using System.Text.Json.Nodes;
using Harness.Core.Definitions;
using Harness.Core.Protocol;
using Harness.Sandboxes.Payload;

namespace Harness.Sandboxes.Direct;

/// <summary>
/// The bundle's <c>config.json</c>: what Docker would ask its runtime for with no network, so that what an engine adds is not a matter of
/// settings. Source: <c>oci/defaults.go</c> of moby 20.10. Otherwise than Docker's: the root is read-only, since all containers share it, and no
/// seccomp profile is set, so that images of unknown origin are not run by it (<see cref="Core.Planning.Confinement"/>). CAP_MKNOD makes no device
/// usable: as under Docker, the device cgroup denies all but the harmless ones.
/// </summary>
internal static class OciBundle
{
    private static readonly ImmutableArray<string> Capabilities =
    [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID", "CAP_SETUID", "CAP_SETFCAP", "CAP_SETPCAP",
        "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL", "CAP_AUDIT_WRITE",
    ];

    private static readonly ImmutableArray<string> Masked =
    [
        "/proc/asound", "/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug",
        "/proc/scsi", "/sys/firmware",
    ];

    private static readonly ImmutableArray<string> ReadOnly = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

    private static readonly ImmutableArray<string> Namespaces = ["mount", "network", "uts", "pid", "ipc"];

    /// <summary>The file's text.</summary>
    /// <param name="id">The container's id and cgroup.</param>
    /// <param name="root">The userland's folder.</param>
    /// <param name="files">The folder to mount at <c>/.harness</c>.</param>
    /// <param name="limits">What it may use.</param>
    /// <param name="key">The key of the agent's channel.</param>
    /// <param name="user">The ordinary user who starts it and is root within; null: root starts it.</param>
    internal static string Config(string id, string root, string files, Limits limits, ChannelKey key, OciUser? user = null) => new JsonObject
    {
        ["ociVersion"] = "1.0.2",
        ["process"] = new JsonObject
        {
            ["terminal"] = false,
            ["user"] = new JsonObject { ["uid"] = 0, ["gid"] = 0 },
            ["args"] = Strings([SandboxArchive.Agent, SandboxArchive.Plan]),
            ["env"] = Strings(["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", $"{ChannelKey.Variable}={key.ToHex()}"]),
            ["cwd"] = "/",
            ["capabilities"] = new JsonObject { ["bounding"] = Strings(Capabilities), ["effective"] = Strings(Capabilities), ["permitted"] = Strings(Capabilities) },
            ["noNewPrivileges"] = true,
        },
        ["root"] = new JsonObject { ["path"] = root, ["readonly"] = true },
        ["hostname"] = "harness",
        ["mounts"] = new JsonArray([.. Mounts(files, user is not null)]),
        ["linux"] = Linux(id, limits, user),
    }.ToJsonString(new JsonSerializerOptions { WriteIndented = true });

    private static IEnumerable<JsonObject> Mounts(string files, bool isRootless)
    {
        yield return Mount("/proc", "proc", "proc", "nosuid", "noexec", "nodev");
        yield return Mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k");
        // Group 5 is nobody where only the user's own ids are mapped.
        yield return Mount("/dev/pts", "devpts", "devpts", ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", .. isRootless ? ImmutableArray<string>.Empty : ["gid=5"]]);
        yield return Mount("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro");
        if (!isRootless)
            yield return Mount("/sys/fs/cgroup", "cgroup", "cgroup", "ro", "nosuid", "noexec", "nodev");
        yield return Mount("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev");
        yield return Mount("/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777");
        yield return Mount(SandboxArchive.Folder, "bind", files, "rbind", "rprivate", "ro");
    }

    private static JsonObject Linux(string id, Limits limits, OciUser? user)
    {
        var linux = new JsonObject
        {
            ["namespaces"] = new JsonArray([.. Namespaces.Concat(user is null ? [] : ["user"]).Select(type => new JsonObject { ["type"] = type })]),
            ["maskedPaths"] = Strings(Masked),
            ["readonlyPaths"] = Strings(ReadOnly),
        };
        if (user is not null)
        {
            linux["uidMappings"] = new JsonArray(OnlyRoot(user.Id));
            linux["gidMappings"] = new JsonArray(OnlyRoot(user.Group));
            // Cgroups are root's, and so are their limits.
            return linux;
        }

        linux["cgroupsPath"] = "/" + id;
        linux["resources"] = new JsonObject
        {
            ["devices"] = Devices(),
            ["memory"] = new JsonObject { ["limit"] = limits.MemoryBytes, ["swap"] = limits.MemoryBytes },
            ["pids"] = new JsonObject { ["limit"] = limits.Pids },
        };
        return linux;
    }

    private static JsonObject OnlyRoot(uint id) => new() { ["containerID"] = 0, ["hostID"] = id, ["size"] = 1 };

    private static JsonArray Strings(IEnumerable<string> values) => new([.. values.Select(value => JsonValue.Create(value))]);

    private static JsonObject Mount(string destination, string type, string source, params string[] options) =>
        new() { ["destination"] = destination, ["type"] = type, ["source"] = source, ["options"] = Strings(options) };

    // Everything is denied but null, zero, full, random, urandom, tty, console, ptmx and the terminals of devpts.
    private static JsonArray Devices() => new(
        new JsonObject { ["allow"] = false, ["access"] = "rwm" },
        Device(1, 3), Device(1, 5), Device(1, 7), Device(1, 8), Device(1, 9), Device(5, 0), Device(5, 1), Device(5, 2), Device(136, null));

    private static JsonObject Device(int major, int? minor)
    {
        var device = new JsonObject { ["allow"] = true, ["type"] = "c", ["major"] = major, ["access"] = "rwm" };
        if (minor is { } number)
            device["minor"] = number;
        return device;
    }
}
