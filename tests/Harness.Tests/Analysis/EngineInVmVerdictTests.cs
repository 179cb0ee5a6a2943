using Harness.Analysis.Judging;

namespace Harness.Tests.Analysis;

/// <summary>The rules of decision of experiments/engine-in-vm/README.md, case by case.</summary>
public sealed class EngineInVmVerdictTests : IDisposable
{
    private readonly EngineInVmRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void On_a_Linux_host_its_engine_runs_on_the_clients_kernel_and_the_rebuilt_one_in_a_VM()
    {
        _run.OnClientsKernel().InOwnVm();

        var here = _run.Verdict("engine=docker");
        Assert.Equal(("refuted", "real", 1L), (here.Verdict, here.Basis, here.Trials));
        Assert.Equal("Containers run on the client's own kernel in 1 of 1 trial (Linux, 6.1.0)", here.Headline);
        var inside = _run.Verdict("engine=docker@vm");
        Assert.Equal(("supported", "real", 1L), (inside.Verdict, inside.Basis, inside.Trials));
        Assert.Equal("Containers run in a VM in 1 of 1 trial (6.12.1-cloud-amd64), seen from Linux", inside.Headline);
        Assert.Contains("boot id, boot clock and release differed", inside.Summary, StringComparison.Ordinal);
        Assert.Contains("By these signs: engine-kernel (a sign of it (reading)).", inside.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void The_claim_itself_is_not_tested_by_a_Linux_host()
    {
        var verdict = _run.OnClientsKernel().InOwnVm().Verdict();

        Assert.Equal(("not tested", 0L, "The harness ran on neither macOS nor Windows"), (verdict.Verdict, verdict.Trials, verdict.Headline));
        Assert.Contains("docker@vm shows the mechanism", verdict.Summary, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("macos", "macOS")]
    [InlineData("windows", "Windows")]
    public void An_engine_of_macOS_or_Windows_in_a_products_VM_supports_the_claim(string client, string spoken)
    {
        _run.Elsewhere(client).Elsewhere(client);

        Assert.Equal(("supported", 2L), (_run.Verdict().Verdict, _run.Verdict().Trials));
        Assert.Equal("supported", _run.Verdict("engine=docker").Verdict);
        Assert.EndsWith($"seen from {spoken}", _run.Verdict().Headline, StringComparison.Ordinal);
        Assert.Contains("a VM of Docker Desktop", _run.Verdict().Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Podmans_machine_counts_as_the_engines_do() =>
        Assert.Equal("supported", _run.Elsewhere("macos", product: "Podman machine", engine: "podman", runtime: "crun").Verdict("engine=podman").Verdict);

    [Fact]
    public void A_Linux_client_in_WSL_is_on_Windows_and_shares_its_VM()
    {
        var verdict = _run.OnClientsKernel(wsl: "WSL_DISTRO_NAME", product: "Docker Desktop", release: "6.6.87.2-microsoft-standard-WSL2").Verdict();

        Assert.Equal(("supported", 1L), (verdict.Verdict, verdict.Trials));
        Assert.Contains("the client runs in that VM too", verdict.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Docker_Desktop_on_Linux_is_in_a_VM_and_says_nothing_of_macOS()
    {
        _run.Elsewhere("linux");

        Assert.Equal("supported", _run.Verdict("engine=docker").Verdict);
        Assert.Equal("not tested", _run.Verdict().Verdict);
    }

    [Fact]
    public void Another_kernel_that_no_sign_places_leaves_it_open()
    {
        Assert.Equal("inconclusive", _run.Unplaced().Verdict("engine=docker").Verdict);
        using var tunnel = new EngineInVmRun();
        Assert.Equal("inconclusive", tunnel.Elsewhere("macos", "unknown", null).Verdict().Verdict);
        using var server = new EngineInVmRun();
        Assert.Equal("inconclusive", server.Elsewhere("macos", "other-machine", null).Verdict().Verdict);
    }

    [Fact]
    public void A_container_that_contradicts_itself_leaves_it_open() =>
        Assert.Equal("inconclusive", _run.Torn().Verdict("engine=docker").Verdict);

    [Fact]
    public void A_VM_whose_clock_happens_to_agree_is_contradictory_and_not_another_kernel() =>
        Assert.Equal("inconclusive", _run.InOwnVm(boottime: 5_000_500).Verdict("engine=docker@vm").Verdict);

    [Fact]
    public void In_a_merged_run_a_Linux_host_qualifies_its_engines_row_and_not_the_claim()
    {
        _run.Elsewhere("macos").OnClientsKernel("aaaaaaaaaaaa");

        Assert.Equal(("qualified", 2L), (_run.Verdict("engine=docker").Verdict, _run.Verdict("engine=docker").Trials));
        Assert.Equal(("supported", 1L), (_run.Verdict().Verdict, _run.Verdict().Trials));
    }

    [Fact]
    public void One_container_on_the_clients_kernel_refutes_where_another_was_in_a_VM() =>
        Assert.Equal("refuted", _run.OnClientsKernel().Elsewhere("linux").Verdict("engine=docker").Verdict);

    [Fact]
    public void An_engine_that_cannot_be_had_is_not_tested_and_says_why()
    {
        var verdict = _run.OnClientsKernel().Unavailable("docker@vm", "qemu-system-x86_64 is not installed: install qemu-system-x86, or run with --provision").Verdict("engine=docker@vm");

        Assert.Equal(("not tested", 0L), (verdict.Verdict, verdict.Trials));
        Assert.Contains("install qemu-system-x86", verdict.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Stand_ins_decide_nothing() =>
        Assert.Equal(("inconclusive", "synthetic"), (_run.OnClientsKernel(userland: "synthetic:x").Verdict("engine=docker").Verdict, _run.Verdict("engine=docker").Basis));

    [Fact]
    public void A_run_without_any_container_is_not_tested() =>
        Assert.Equal("not tested", _run.Unavailable("docker", "no container engine answers: start Docker").Verdict().Verdict);

    [Fact]
    public void The_signs_are_checked_against_what_containers_read()
    {
        Assert.Equal("yes", Assert.Single(Judged.Checks(_run.OnClientsKernel().InOwnVm().Build())).Holds);
        using var wrong = new EngineInVmRun();
        var check = Assert.Single(Judged.Checks(wrong.Torn().OnClientsKernel(product: "x").Elsewhere("linux", "same-kernel", null).Build()));
        Assert.Equal("no", check.Holds);
        Assert.Contains("docker is placed same-kernel, and its kernel is another", check.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void The_figure_and_the_table_of_costs_have_their_rows()
    {
        using var database = RunDatabase.Open(_run.OnClientsKernel().InOwnVm().Build(), "engine-in-vm");

        Assert.Equal(
            ["docker boot the client's", "docker files of the client the client's", "docker kernel release the client's", "docker memory another",
             "docker@vm boot another", "docker@vm files of the client another", "docker@vm kernel release another", "docker@vm memory another"],
            database.Query("SELECT engine || ' ' || fact || ' ' || category AS said FROM picture ORDER BY engine, fact", "test").Rows.Select(row => row[0]!));
        Assert.Equal(
            ["docker create 3 ms", "docker start to first report 6 ms", "docker first report to end 0 ms",
             "docker@vm VM's own start, to its userland, once 4000 ms", "docker@vm VM's own start, to its engine, once 14000 ms", "docker@vm create 3 ms",
             "docker@vm start to first report 6 ms", "docker@vm first report to end 0 ms"],
            database.Query("SELECT engine || ' ' || phase || ' ' || median AS said FROM start_cost ORDER BY engine, place", "test").Rows.Select(row => row[0]!));
    }
}
