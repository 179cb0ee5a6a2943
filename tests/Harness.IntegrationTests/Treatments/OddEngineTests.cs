using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text.Json;
using System.Text.Json.Nodes;
using Harness.IntegrationTests.Cli;
using Harness.IntegrationTests.Runtimes;

namespace Harness.IntegrationTests.Treatments;

/// <summary>Engines that refuse or add something that no setting of a container shows.</summary>
[Collection(OneEngineAtATime.Name)]
[SupportedOSPlatform("linux")]
public sealed class OddEngineTests(LyingEngineTests.Engine shared) : IClassFixture<LyingEngineTests.Engine>
{
    private const string Yaml = """
        schema: 1
        id: odd
        title: For a test
        claims: [C1]
        matrix: {userlands: ["busybox:static"], runtimes: [runc], variants: ["", path=cli]}
        probes:
          - {id: kernel, kind: builtin, command: start, about: a probe}
        metrics:
          - {id: boot_id, type: text, meaning: a reading}
          - {id: timens_monotonic_ns, type: number, meaning: a reading}
        blocks: 4
        timeout: 10s
        limits: {memory: 256MiB, pids: 64, output: 16KiB}
        """;

    // Set as late as no-new-privileges is, this filter refuses what AppArmor refuses there: the exec of the container's program.
    private const string NoExec = "seccomp={\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"execve\",\"execveat\"],\"action\":\"SCMP_ACT_ERRNO\"}]}";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_that_executes_nothing_under_no_new_privileges_is_found_out_once_and_said_with_the_remedy()
    {
        using var repository = await StartAsync();
        repository.Experiment("odd", Yaml);
        using var engine = Between(new Lie(
            body =>
            {
                if (body["HostConfig"]!["SecurityOpt"] is JsonArray options && options.Any(option => (string?)option == "no-new-privileges"))
                    options.Add(NoExec);
            },
            (told, asked) => told["HostConfig"]!["SecurityOpt"] = asked["HostConfig"]!["SecurityOpt"]?.DeepClone()));

        var answer = await repository.HarnessAsync("run", "odd", "--run-id", "r", "--engine", engine.Address, "--pull", "never");

        Assert.True(File.Exists(Path.Combine(repository.Run("r"), "trials.csv")), answer.ToString());
        var rows = Rows.Trials(repository.Run("r"));
        Assert.Equal(8, rows.Count);
        Assert.All(rows, row => Assert.True(row["outcome"] == "unavailable", row["outcome"] + ": " + row["detail"]));
        var said = Assert.Single(rows.Select(row => row["detail"]).Distinct());
        Assert.StartsWith("runc cannot run containers here: the engine starts no container with no-new-privileges, and one without it (", said, StringComparison.Ordinal);
        Assert.Contains("operation not permitted", said, StringComparison.Ordinal);
        Assert.Contains("Ubuntu's snap", said, StringComparison.Ordinal);
        // Where its containers run was asked, and then whether they do: not once a trial.
        Assert.InRange(engine.Altered, 1, 2);

        var doctor = await repository.HarnessAsync("doctor", "--json", "--engine", engine.Address);
        using var json = JsonDocument.Parse(doctor.Output);
        var runc = json.RootElement.GetProperty("checks").EnumerateArray().Single(check => check.GetProperty("check").GetString() == "runtime runc");
        Assert.Equal("broken", runc.GetProperty("status").GetString());
        Assert.Contains("Ubuntu's snap", runc.GetProperty("found").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_mounts_a_file_of_its_own_over_the_kernels_in_containers_costs_that_witness_by_name()
    {
        using var repository = await StartAsync();
        var stat = Path.Combine(repository.Root, "stat");
        await File.WriteAllTextAsync(stat, string.Join('\n', (await File.ReadAllLinesAsync("/proc/stat", Cancellation)).Select(line => line.StartsWith("btime", StringComparison.Ordinal) ? "btime 86400" : line)) + "\n", Cancellation);
        using var engine = Between(new Lie(body =>
        {
            var host = body["HostConfig"]!.AsObject();
            if (host["Mounts"] is not JsonArray mounts)
                host["Mounts"] = mounts = [];
            mounts.Add(new JsonObject { ["Type"] = "bind", ["Source"] = stat, ["Target"] = "/proc/stat", ["ReadOnly"] = true });
        }));

        var answer = await repository.HarnessAsync("run", "kernel-identity", "--quick", "--run-id", "r", "--runtime", "host", "--runtime", "runc", "--engine", engine.Address, "--pull", "never");

        Assert.True(engine.Altered > 0, answer.ToString());
        var verdict = Rows.Verdicts(repository.Run("r")).Single(row => row["scope"].Length == 0);
        Assert.True(verdict["verdict"] == "supported", verdict["summary"] + answer);
        Assert.Contains("could not be compared: boot time (in the container, another mount covers its file)", verdict["summary"], StringComparison.Ordinal);
        Assert.Contains(
            Rows.Observations(repository.Run("r")),
            row => row["metric"] == "unavailable" && row["subject"] == "btime" && row["text"].StartsWith("/proc/stat: ", StringComparison.Ordinal) && row["text"].EndsWith(" is mounted at /proc/stat", StringComparison.Ordinal));
    }

    private async Task<Repository> StartAsync()
    {
        await EngineMachine.NeedAsync("dockerd", "docker", "busybox", "runc");
        await shared.StartAsync();
        return new Repository();
    }

    private LyingEngine Between(Lie lie) =>
        new(shared.Machine.Paths.Socket, new UnixDomainSocketEndPoint(Path.Combine(shared.Machine.Paths.Root, Guid.NewGuid().ToString("N")[..8])), lie);
}
