using System.Collections.Immutable;
using Harness.Core.Model;
using Harness.Engines.Connecting;
using Harness.Engines.Endpoints;
using Harness.Sandboxes.Treatments;

namespace Harness.Tests.Runtimes;

/// <summary>Which runtime an engine is asked for, and where its containers run.</summary>
public sealed class EngineRuntimeTests
{
    private static readonly EngineFacts _docker = new() { Name = "docker", Version = "28.5", ApiVersion = "1.51", FoundBy = "default socket", DefaultRuntime = "runsc" };

    [Theory]
    [InlineData("runc", "runc", "io.containerd.runc.v2", "runc", "runsc")]
    [InlineData("runc", "io.containerd.runc.v2", "io.containerd.runc.v2", "runsc")]
    [InlineData("runsc", "runsc", "runc", "runsc")]
    [InlineData("runc", null, "nvidia", "runsc")]
    [InlineData("crun", null, "runc", "io.containerd.runc.v2")]
    public void A_runtime_is_asked_for_by_a_name_that_the_engine_lists_never_by_its_default(string runtime, string? asked, params string[] listed)
    {
        var engine = _docker with { Runtimes = [.. listed] };

        Assert.Equal(asked, EngineRuntimes.Name(engine, runtime));
        Assert.Equal(asked is null, EngineRuntimes.Missing(engine, runtime)?.Contains($"the engine has no runtime '{runtime}'", StringComparison.Ordinal) ?? false);
    }

    [Fact]
    public void Podman_is_asked_for_the_runtime_of_its_service_alone_and_for_others_the_remedy_is_named_in_one_line()
    {
        var podman = _docker with { Name = "podman", Version = "4.3.1", DefaultRuntime = "runc", Runtimes = ["runc"] };

        Assert.Null(EngineRuntimes.Missing(podman, "runc"));
        foreach (var runtime in new[] { "crun", "runsc" })
        {
            var reason = EngineRuntimes.Missing(podman, runtime)!;
            Assert.StartsWith("Podman 4.3.1 runs every container under runc", reason, StringComparison.Ordinal);
            Assert.Contains($"runtime=\"{runtime}\" in its containers.conf", reason, StringComparison.Ordinal);
            Assert.Contains($"podman --runtime {runtime} system service", reason, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', reason);
        }
    }

    [Theory]
    [InlineData("runc", "runc", "runc", "runc", true)]
    [InlineData("runc", "/opt/engine/runc", "runc", null, true)]
    [InlineData("runsc", "/var/lib/docker/runtimes/runsc", "runc", "runsc", true)]
    // A program by another name, which the engine has under the one that was asked for.
    [InlineData("runsc", "/usr/local/bin/gvisor-ptrace", "runc", "runsc", true)]
    [InlineData("runsc", "", "runsc", null, true)]
    [InlineData("runsc", "runc", "runc", "runc", false)]
    [InlineData("runc", "/opt/other", "runc", "runc", false)]
    [InlineData("crun", "/usr/bin/crun", "runc", "runc", false)]
    public void The_program_that_a_shim_ran_is_the_runtime_that_was_asked_for_or_is_not(string asked, string program, string shim, string? state, bool same) =>
        Assert.Equal(same, RuntimePrograms.IsProgram(ImmutableSortedDictionary<string, string>.Empty.Add("runsc", "/usr/local/bin/gvisor-ptrace"), asked, new ContainerLook(program, shim, state, null)));

    [Fact]
    public void Containers_run_here_only_where_one_read_this_hosts_boot_id()
    {
        Assert.Null(EngineLocality.Judge("a", null, "a"));
        Assert.Contains("another kernel", EngineLocality.Judge("b", null, "a"), StringComparison.Ordinal);
        Assert.Contains("its boot id is hidden here (/proc/x: tmpfs is mounted", EngineLocality.Judge("b", null, "a", "/proc/x: tmpfs is mounted at /proc/x"), StringComparison.Ordinal);
        Assert.DoesNotContain("another kernel", EngineLocality.Judge("b", null, "a", "/proc/x: tmpfs is mounted at /proc/x"), StringComparison.Ordinal);
        Assert.Contains("the mount failed", EngineLocality.Judge(null, "the mount failed", "a"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tcp://192.0.2.1:2375", EngineEndpoint.ByOption, null, false)]
    [InlineData("tcp://127.0.0.1:2375", EngineEndpoint.ByOption, "another boot", false)]
    [InlineData("unix:///tunnel.sock", EngineEndpoint.ByOption, "another boot", false)]
    [InlineData("unix:///tunnel.sock", EngineEndpoint.ByEnvironment, "this boot", true)]
    public async Task A_socket_of_this_host_is_no_proof_that_its_engines_containers_run_here(string address, string foundBy, string? boot, bool here)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the boot id is Linux's");
        var cancellation = TestContext.Current.CancellationToken;
        var seen = boot == "this boot" ? (await File.ReadAllTextAsync("/proc/sys/kernel/random/boot_id", cancellation)).Trim() : boot;
        var (asked, locality) = (0, new EngineLocality(cancellation));
        Assert.NotNull(locality.Elsewhere);

        for (var times = 0; times < 2; times++)
        {
            await locality.FindAsync(
                EngineEndpoint.Parse(address, foundBy),
                _ =>
                {
                    asked++;
                    return Task.FromResult<(string?, string?)>((seen, null));
                },
                cancellation);
        }

        Assert.Equal(here, locality.Elsewhere is null);
        // Once an engine; and an address elsewhere needs no container to say so.
        Assert.Equal(boot is null ? 0 : 1, asked);
    }
}
