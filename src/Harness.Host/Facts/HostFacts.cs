using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Harness.Core.Model;
using Harness.Host.Processes;
using Harness.Host.Provisioning;

namespace Harness.Host.Facts;

/// <summary>What is known of this machine and of the harness, for <c>environments/</c>.</summary>
public static class HostFacts
{
    /// <summary>
    /// Names this host in rows without telling who it is: the first 12 hex digits of SHA-256 over a constant and the machine's id
    /// (machine-id(5) asks not to publish the id itself). The same across boots, so that a run can be resumed after one. Images of machines
    /// are made with an empty id, which all of them share: such a host is named by its boot, and is another one after the next. Systems without both have
    /// an id of their own (<see cref="MachineIdentity"/>).
    /// </summary>
    public static string HostId() => Hashed("harness host\n" + Own().Id);

    /// <summary>
    /// Names another machine without telling which it is: 12 hex digits of a hash of what it calls itself and this machine's own id, which nobody else
    /// knows. Names that are likely cannot be tried, and two hosts have two names for one machine.
    /// </summary>
    public static string NameOf(string machine) => NameOf(machine, Own().Id);

    /// <summary>The same of a given id.</summary>
    internal static string NameOf(string machine, string own) => Hashed($"harness engine\n{own}\n{machine}");

    /// <summary>The same of given answers.</summary>
    internal static string HostId(string? machine, string? bus, string? boot, string otherwise) => Hashed("harness host\n" + (Id(machine, bus, boot) ?? otherwise));

    // From: null for what Linux has.
    private static (string Id, string? From) Own() =>
        Id(Text("/etc/machine-id"), Text("/var/lib/dbus/machine-id"), BootId()) is { } id ? (id, null) : MachineIdentity.Own;

    private static string? Id(string? machine, string? bus, string? boot) =>
        new[] { machine, bus }.FirstOrDefault(IsMachineId) ?? (boot is null ? null : "boot " + boot);

    private static string Hashed(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..12];

    /// <summary>The kernel's id of this boot, 32 hex digits; null where the system has none.</summary>
    internal static string? BootId() => Text("/proc/sys/kernel/random/boot_id")?.Replace("-", "", StringComparison.Ordinal);

    // 32 hex digits, by machine-id(5); "uninitialized" and nothing are what stands there before the first boot.
    private static bool IsMachineId(string? text) => text is { Length: 32 } && text.All(char.IsAsciiHexDigit) && text.Any(digit => digit != '0');

    /// <summary>The harness: its version, its repository's commit and whether that was modified.</summary>
    /// <param name="version">The program's version.</param>
    /// <param name="repository">The repository's root; null outside of one.</param>
    /// <param name="arguments">The command line's.</param>
    /// <param name="seed">The plan's.</param>
    /// <param name="startedAt">The run's start.</param>
    /// <param name="cancellation">Ends the asking.</param>
    public static async Task<ToolFacts> ToolAsync(
        string version, string? repository, ImmutableArray<string> arguments, ulong seed, DateTimeOffset startedAt, CancellationToken cancellation)
    {
        var facts = new ToolFacts(version, null, null, arguments, seed, startedAt);
        if (repository is null || Machine.FindProgram("git") is not { } git)
        {
            return facts;
        }

        var head = await GitAsync(git, repository, ["rev-parse", "HEAD"], cancellation);
        if (head.ExitCode != 0)
        {
            // Its first line: what follows is advice on its own commands.
            return facts with { CommitUnknown = $"git says: {head.Error.Trim().Split('\n')[0]}" };
        }

        var status = await GitAsync(git, repository, ["status", "--porcelain", "--untracked-files=no"], cancellation);
        return facts with { Commit = head.Output.Trim(), Dirty = status.ExitCode != 0 || status.Output.Trim().Length > 0 };
    }

    /// <summary>The machine, as /proc, /sys and os-release tell it; what cannot be told is null.</summary>
    public static HostEnvironment Gather(ToolFacts tool)
    {
        var os = OsRelease.Read("/");
        return new HostEnvironment
        {
            HostId = HostId(),
            HostIdFrom = Own().From,
            Tool = tool,
            Os = new OsFacts(
                os.GetValueOrDefault("PRETTY_NAME") ?? RuntimeInformation.OSDescription,
                os.GetValueOrDefault("ID"),
                os.GetValueOrDefault("VERSION_ID"),
                Machine.Architecture),
            Kernel = Kernel(),
            Hardware = HardwareReader.Read("/"),
        };
    }

    private static KernelFacts Kernel()
    {
        var release = Text("/proc/sys/kernel/osrelease") ?? Environment.OSVersion.Version.ToString();
        var cgroup = Directory.Exists("/sys/fs/cgroup")
            ? File.Exists("/sys/fs/cgroup/cgroup.controllers") ? 2 : 1
            : (int?)null;
        return new KernelFacts(
            release,
            Text("/proc/sys/kernel/version"),
            Text("/proc/cmdline") is { } cmdline ? Redaction.Apply(cmdline) : null,
            ConfigSha256(release),
            OperatingSystem.IsLinux() && Machine.Architecture == "x86_64" ? Vsyscall(Text("/proc/self/maps")) : null,
            Text("/sys/devices/system/clocksource/clocksource0/current_clocksource"),
            Text("/sys/kernel/security/lsm"),
            cgroup,
            Text("/proc/sys/kernel/seccomp/actions_avail"));
    }

    /// <summary>The mode that this process's own map shows: no line is none, <c>--xp</c> xonly, <c>r-xp</c> emulate (or native, on old kernels).</summary>
    internal static string? Vsyscall(string? maps) => maps?.Split('\n').FirstOrDefault(line => line.Contains("[vsyscall]", StringComparison.Ordinal)) switch
    {
        null => maps is null ? null : "none",
        var line when line.Contains(" --xp ", StringComparison.Ordinal) => "xonly",
        var line when line.Contains(" r-xp ", StringComparison.Ordinal) => "emulate",
        _ => "unknown",
    };

    /// <summary>How the machine's own kernel was configured, or null where it does not say.</summary>
    public static string? KernelConfiguration() =>
        ConfigBytes(Text("/proc/sys/kernel/osrelease") ?? "") is { } bytes ? Encoding.UTF8.GetString(bytes) : null;

    private static string? ConfigSha256(string release) => ConfigBytes(release) is { } bytes ? Convert.ToHexStringLower(SHA256.HashData(bytes)) : null;

    private static byte[]? ConfigBytes(string release)
    {
        var file = new[] { $"/boot/config-{release}", "/proc/config.gz" }.FirstOrDefault(File.Exists);
        if (file is null)
        {
            return null;
        }

        try
        {
            using var stream = File.OpenRead(file);
            using Stream content = file.EndsWith(".gz", StringComparison.Ordinal) ? new System.IO.Compression.GZipStream(stream, System.IO.Compression.CompressionMode.Decompress) : stream;
            using var bytes = new MemoryStream();
            content.CopyTo(bytes);
            return bytes.ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return null;
        }
    }

    private static Task<CommandResult> GitAsync(string git, string repository, ImmutableArray<string> arguments, CancellationToken cancellation) =>
        new Command(git, ["-C", repository, .. arguments]).RunAsync(cancellation);

    private static string? Text(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path).TrimEnd('\n', '\0') : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
