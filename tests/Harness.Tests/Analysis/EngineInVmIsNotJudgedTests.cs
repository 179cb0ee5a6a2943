namespace Harness.Tests.Analysis;

/// <summary>kernel-identity in a run with an engine in a VM beside the engine of the host.</summary>
public sealed class EngineInVmIsNotJudgedTests : IDisposable
{
    private static readonly KernelReadings _inVm = new()
    {
        Release = "6.1.0-50-cloud-amd64",
        Version = "#1 SMP",
        BootId = "11111111-0000-4000-8000-000000000000",
        Btime = 1_700_009_000,
        Cmdline = "bbbb",
        Boottime = 77_000_000_000,
    };

    private readonly RunBuilder _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void The_kernel_of_a_VM_that_the_run_booted_refutes_nothing()
    {
        var verdict = _run.HostCell().Container().InVm(_inVm).Verdict("runtime=runc");

        Assert.Equal(("supported", 1L), (verdict.Verdict, verdict.Trials));
        Assert.DoesNotContain("6.1.0-50", verdict.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_another_engine_the_claim_is_not_tested()
    {
        var verdict = _run.HostCell().InVm(_inVm).Verdict();

        Assert.Equal(("not tested", "Not measured: no container trial could be judged"), (verdict.Verdict, verdict.Headline));
    }
}
