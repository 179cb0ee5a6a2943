namespace Harness.IntegrationTests.Cli;

/// <summary>A virtual machine that boots a distribution by its own init.</summary>
public sealed class DistributionBootTests(MadeParts parts)
{
    private const string _yaml = """
        schema: 1
        id: booting
        title: For a test
        claims: [C1]
        matrix: {userlands: ["busybox:static", "debian:12-init"], kernels: [debian-bookworm], runtimes: [qemu], variants: [boot=distribution]}
        probes:
          - {id: first, kind: script, command: probes/first.sh, about: who is the first process}
        metrics:
          - {id: first, type: text, unit: "", meaning: the first process's name}
          - {id: logins, type: text, unit: "", meaning: whether users may log in}
        timeout: 3m
        limits: {memory: 256MiB, pids: 64, output: 16KiB}
        """;

    [Fact]
    public async Task The_distribution_s_own_init_starts_the_agent_once_users_may_log_in()
    {
        Machine.Require();
        await Tools.RequireAsync("qemu-system-x86_64", "qemu-system-x86");
        using var repository = new Repository();
        parts.Share(repository.Cache);
        // pam_nologin's file is there until then.
        repository.Experiment("booting", _yaml, ("first.sh", "echo first=$(cat /proc/1/comm)\n[ -e /run/nologin ] || echo logins=allowed\n"));
        var answer = await repository.HarnessAsync("run", "booting", "--run-id", "r", "--accelerator", "tcg");

        var rows = Rows.Trials(repository.Run("r")).ToDictionary(row => row["userland"], StringComparer.Ordinal);
        Assert.True(rows["debian:12-init"]["outcome"] == "ok", answer.ToString());
        var readings = Rows.Observations(repository.Run("r")).Where(row => row["trial_id"] == rows["debian:12-init"]["trial_id"]).ToLookup(row => row["metric"], row => row["text"]);
        Assert.Equal(["systemd"], readings["first"]);
        Assert.Equal(["allowed"], readings["logins"]);
        Assert.Equal("unavailable", rows["busybox:static"]["outcome"]);
        Assert.Contains("boot=distribution needs a userland whose init is systemd", rows["busybox:static"]["detail"], StringComparison.Ordinal);
        Assert.Empty(repository.Remains());
    }
}
