using Harness.Core.Model;

namespace Harness.Tests.Analysis;

/// <summary>Images that say of themselves that they are stand-ins, whatever userland they go by.</summary>
public sealed class StandInVerdictTests : IDisposable
{
    private static readonly string _digest = "sha256:" + new string('a', 64);

    private readonly MatrixRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void Stand_ins_alone_decide_nothing_and_give_the_basis_synthetic()
    {
        _run.Digest = StandIn.Prefix + _digest;
        var verdicts = _run.Machine().Container("debian:13").Container("alpine:3.20").Scratch().Verdicts();

        Assert.All(verdicts.Where(row => row.Trials > 0), row => Assert.Equal(("inconclusive", "synthetic"), (row.Verdict, row.Basis)));
        Assert.All(["C0", "C3"], claim => Assert.Contains(verdicts, row => row.Claim == claim && row.Trials > 0));
        Assert.All(verdicts.Where(row => row.Trials > 0), row => Assert.StartsWith("Only synthetic stand-ins were measured", row.Summary, StringComparison.Ordinal));
    }

    [Fact]
    public void Beside_a_real_image_a_stand_in_is_not_counted()
    {
        _run.Digest = _digest;
        _run.Machine().Container("debian:13").Scratch();
        var alone = _run.Verdicts();
        using var both = new MatrixRun { Digest = _digest };
        both.Machine().Container("debian:13").Scratch();
        both.Digest = StandIn.Prefix + _digest;
        var beside = both.Container("alpine:3.20", except: ("sh", Did.Segfault)).Verdicts();

        Assert.Equal(alone.Select(row => (row.Claim, row.Scope, row.Verdict, row.Basis, row.Trials)), beside.Select(row => (row.Claim, row.Scope, row.Verdict, row.Basis, row.Trials)));
        Assert.All(alone.Where(row => row.Trials > 0), row => Assert.Equal("real", row.Basis));
    }
}
