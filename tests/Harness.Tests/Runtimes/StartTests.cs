using System.Collections.Immutable;
using System.Text.Json;
using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Core.Protocol;
using Harness.Core.Running;
using Harness.Engines.Connecting;
using Harness.Engines.Endpoints;
using Harness.Host.Processes;
using Harness.Images.Userlands;
using Harness.Sandboxes.Containers;
using Harness.Sandboxes.Direct;
using Harness.Sandboxes.Machines;

namespace Harness.Tests.Runtimes;

/// <summary>What is said and written down around a start, without starting anything.</summary>
public sealed class StartTests
{
    [Fact]
    public void A_variant_says_network_path_and_caches()
    {
        var variant = ContainerVariant.Parse("net=bridge;path=testcontainers", out _)!;
        Assert.Equal(("bridge", ContainerPath.Testcontainers, false), (variant.Network, variant.Path, variant.IsCold));
        Assert.Equal(ContainerPath.Cli, ContainerVariant.Parse("path=cli", out _)!.Path);
        Assert.True(ContainerVariant.Parse("cache=cold", out _)!.IsCold);
        Assert.Equal(new ContainerVariant(), ContainerVariant.Parse("", out _));
    }

    [Theory]
    [InlineData("path=ssh")]
    [InlineData("net=host")]
    [InlineData("cache=warm")]
    public void A_setting_that_containers_do_not_have_is_one_line_that_names_those_they_have(string variant)
    {
        Assert.Null(ContainerVariant.Parse(variant, out var reason));
        Assert.StartsWith($"containers have no setting '{variant}': known are ", reason, StringComparison.Ordinal);
        Assert.Contains("path=cli, path=testcontainers, cache=cold", reason, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', reason);
    }

    [Theory]
    [InlineData("net=bridge")]
    [InlineData("path=cli")]
    [InlineData("cache=cold;net=bridge")]
    public void Without_an_engine_only_the_caches_and_the_user_can_be_set(string variant) =>
        Assert.Equal($"without an engine there is no setting '{variant}': known are cache=cold and rootless=yes", DirectVariant.Reason(variant, KnownRuntimes.Default));

    [Theory]
    [InlineData("host")]
    [InlineData("runsc")]
    [InlineData("qemu")]
    public void A_runtime_that_is_not_started_rootless_says_which_are(string runtime) =>
        Assert.EndsWith("namespaces, /runc, /crun have it", DirectVariant.Reason("rootless=yes", KnownRuntimes.Find(runtime)!), StringComparison.Ordinal);

    [Fact]
    public void The_first_bytes_of_a_channel_are_stamped_and_no_others()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the clock is Linux's");
        var stamps = new Stamps();
        var kept = new Kept();
        stamps.Mark(Stamps.Begin);
        var channel = stamps.Watch(kept);
        Assert.Equal([Stamps.Begin], stamps.Readings.Select(reading => reading.Subject));

        channel.Write([1, 2]);
        channel.Write([3]);
        stamps.Mark(Stamps.Removed);
        stamps.MarkOnce(Stamps.Removed);

        Assert.Equal([1, 2, 3], kept.Bytes);
        Assert.Equal([Stamps.Begin, Stamps.Arrived, Stamps.Removed], stamps.Readings.Select(reading => reading.Subject));
        Assert.All(stamps.Readings, reading => Assert.Equal("stamp_ns", reading.Metric));
        Assert.Equal(stamps.Readings.Select(reading => reading.Value).Order(), stamps.Readings.Select(reading => reading.Value));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1000)]
    public void The_last_frame_is_seen_whatever_pieces_it_comes_in(int piece)
    {
        using var stream = new MemoryStream();
        foreach (var frame in new byte[][] { Frame(1, 40), Frame(5, 0), Frame(5, 900), Frame(7, 4) })
            stream.Write(frame);
        var bytes = stream.ToArray();
        var watch = new ByeWatch();
        for (var at = 0; at < bytes.Length; at += piece)
        {
            Assert.False(watch.Seen.IsCompleted);
            watch.Push(bytes.AsSpan(at, Math.Min(piece, bytes.Length - at)));
        }

        Assert.True(watch.Seen.IsCompleted);
    }

    [Fact]
    public void A_bundle_asks_for_what_docker_asks_for_with_a_root_that_nobody_can_write()
    {
        using var json = JsonDocument.Parse(OciBundle.Config("harness-1-a", "/trees/b", "/tmp/files", new Limits(256 << 20, 64, 4096), ChannelKey.Create()));
        var config = json.RootElement;

        Assert.Equal(["/.harness/agent", "/.harness/plan"], config.GetProperty("process").GetProperty("args").EnumerateArray().Select(item => item.GetString()));
        Assert.True(config.GetProperty("process").GetProperty("noNewPrivileges").GetBoolean());
        Assert.Equal("/trees/b", config.GetProperty("root").GetProperty("path").GetString());
        Assert.True(config.GetProperty("root").GetProperty("readonly").GetBoolean());
        Assert.Equal("/tmp/files", config.GetProperty("mounts").EnumerateArray().Single(mount => mount.GetProperty("destination").GetString() == "/.harness").GetProperty("source").GetString());
        var linux = config.GetProperty("linux");
        Assert.Equal("/harness-1-a", linux.GetProperty("cgroupsPath").GetString());
        Assert.Equal(268435456, linux.GetProperty("resources").GetProperty("memory").GetProperty("limit").GetInt64());
        Assert.Equal(64, linux.GetProperty("resources").GetProperty("pids").GetProperty("limit").GetInt64());
        Assert.Equal(["ipc", "mount", "network", "pid", "uts"], linux.GetProperty("namespaces").EnumerateArray().Select(item => item.GetProperty("type").GetString()).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("caps=none;seccomp=unconfined", false)]
    [InlineData("caps=+net_raw", false)]
    [InlineData("caps=+sys_ptrace", true)]
    [InlineData("caps=+kill;caps=+bpf;seccomp=unconfined", true)]
    public void With_capabilities_that_reach_the_agent_only_its_own_probes_run(string variant, bool builtinsOnly)
    {
        var reason = ContainerVariant.Parse(variant, out _)!.BuiltinsOnly;
        Assert.Equal(builtinsOnly, reason is not null);
        Assert.Equal(builtinsOnly, reason?.StartsWith($"caps=+{(variant.Contains("bpf", StringComparison.Ordinal) ? "bpf" : "sys_ptrace")} holds for the agent's own probes only", StringComparison.Ordinal) ?? false);
    }

    [Fact]
    public void A_distribution_s_own_init_boots_only_where_the_harness_made_the_userland()
    {
        var (ours, foreign) = (new MachineUserland("sha256:a", "a.tar") { IsMadeHere = true }, new MachineUserland("sha256:a", "a.tar"));
        var boot = MachineVariant.Parse("boot=distribution;shape=q35", out _)!;
        Assert.Null(QemuRuntime.Untrusted(boot, ours, "debian:12-init"));
        Assert.EndsWith("like debian:12-init, and evil:1 is not", QemuRuntime.Untrusted(boot, foreign, "evil:1"), StringComparison.Ordinal);
        Assert.Null(QemuRuntime.Untrusted(new MachineVariant(), foreign, "evil:1"));
    }

    [Fact]
    public void The_channel_s_key_is_in_the_environment_of_process_1_and_on_no_command_line_and_in_no_file_of_the_sandbox()
    {
        var start = Start();
        var key = start.Request.Key.ToHex();
        var settings = ContainerSettings.Create("r", start.Request, "sha256:i", "", start.Variant, "/folder");
        Assert.Equal([$"HARNESS_KEY={key}"], settings.Environment);
        // A process of the image's, started by the engine beside the agent with the container's environment.
        Assert.True(settings.HasNoHealthCheck);

        var arguments = CommandLineStart.Arguments(start);
        Assert.Equal("HARNESS_KEY", arguments[arguments.IndexOf("--env") + 1]);
        Assert.Contains("--no-healthcheck", arguments);
        Assert.DoesNotContain(arguments, argument => argument.Contains(key, StringComparison.Ordinal));

        using var json = JsonDocument.Parse(OciBundle.Config("id", "/tree", "/files", start.Request.Limits, start.Request.Key));
        var process = json.RootElement.GetProperty("process");
        Assert.Contains($"HARNESS_KEY={key}", process.GetProperty("env").EnumerateArray().Select(item => item.GetString()));
        Assert.DoesNotContain(key, process.GetProperty("args").ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_command_line_asks_for_no_init_and_takes_nothing_of_the_user_s_environment_along()
    {
        Assert.Contains("--init=false", CommandLineStart.Arguments(Start()));
        Assert.Equal(["DOCKER_CONFIG", "PATH"], CommandLineStart.EnvironmentOf(Start()).Keys);
    }

    private static ContainerStart Start() => new()
    {
        Connection = new EngineConnection(EngineEndpoint.Parse("unix:///s", "a test"), null!),
        Run = "r",
        Elsewhere = null,
        Request = new SandboxRequest
        {
            SandboxId = "s",
            Key = ChannelKey.Create(),
            Cell = new Cell("u", "host", "docker", "runc", "", ""),
            ImageDigest = "",
            AgentPlan = AgentPlan.Empty.Render(),
            Files = ImmutableSortedDictionary<string, ImmutableArray<byte>>.Empty,
            Limits = new Limits(1, 1, 1),
            Deadline = TimeSpan.FromSeconds(1),
        },
        Image = new UserlandResolution.Found("sha256:i", new UserlandLock { Id = "u", Image = "u", Digest = "sha256:i", Architecture = "amd64", Provenance = new Provenance { Kind = "engine" } }),
        Runtime = "",
        SecurityOptions = [],
        Programs = ImmutableSortedDictionary<string, string>.Empty,
        Variant = new ContainerVariant(),
        Mounted = "/folder",
        Stamps = new Stamps(),
        Channel = new Kept(),
    };

    // As docs/agent-protocol.md has it; the tag does not matter here.
    private static byte[] Frame(byte kind, int payload)
    {
        var frame = new byte[8 + 8 + payload + 8];
        "HFR1"u8.CopyTo(frame);
        BitConverter.TryWriteBytes(frame.AsSpan(4), 8 + payload);
        frame[8 + 4] = kind;
        // A payload that reads like the end must not be taken for it.
        Array.Fill(frame, (byte)7, 16, payload);
        return frame;
    }

    private sealed class Kept : IChannelSink
    {
        public List<byte> Bytes { get; } = [];

        public bool Write(ReadOnlySpan<byte> bytes)
        {
            Bytes.AddRange(bytes);
            return true;
        }
    }
}
