using System.Globalization;
using Harness.Core.Journaling;

namespace Harness.Tests.Analysis;

/// <summary>Rules 4 and 5 of experiments/userland-identity/README.md: how alike the kernels are configured.</summary>
public sealed class KernelConfigurationVerdictTests : IDisposable
{
    private readonly UserlandRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void One_kernels_configuration_is_not_enough()
    {
        var part = _run.Host().Kernel("host", Options(100)).Kernel("debian-sid", configuration: null).Verdicts()["part=kernels"];
        Assert.Equal(("not tested", "0"), (part.Verdict, part.Trials));
        Assert.Contains("this run has 1 kernel's", part.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_configuration_without_a_boot_that_read_the_release_does_not_count()
    {
        Assert.Equal("not tested", _run.Kernel("host", Options(100)).Kernel("debian-sid", Options(100)).Verdicts()["part=kernels"].Verdict);
    }

    [Fact]
    public void Kernels_that_agree_in_nearly_all_support_it()
    {
        var part = _run.Host().Kernel("host", Options(100)).Kernel("debian-sid", Options(100, off: 5)).Verdicts()["part=kernels"];
        Assert.Equal(("supported", "2"), (part.Verdict, part.Trials));
        Assert.Contains("between 95.0 % (host and debian-sid) and 95.0 %", part.Summary, StringComparison.Ordinal);
        Assert.Contains("none differs", part.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void One_pair_below_the_line_refutes_it_and_is_named()
    {
        var part = _run.Host().Kernel("host", Options(100)).Kernel("debian-forky", Options(100)).Kernel("debian-sid", Options(100, off: 6)).Verdicts()["part=kernels"];
        Assert.Equal("refuted", part.Verdict);
        Assert.Contains("between 94.0 % (host and debian-sid) and 100.0 % (host and debian-forky) have equal values, over 3 pairs of 3 kernels; 2 are below 95.0 %.", part.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_that_only_one_of_them_names_leave_it_open()
    {
        var part = _run.Host().Kernel("host", Options(100)).Kernel("debian-sid", Options(150)).Verdicts()["part=kernels"];
        Assert.Equal("inconclusive", part.Verdict);
        Assert.Contains("Of all options that at least one of the two names, between 66.6 % and 66.6 %.", part.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void An_option_that_matters_and_differs_leaves_it_open_and_is_named()
    {
        var part = _run.Host().Kernel("host", Options(100) + "CONFIG_USER_NS=y\n").Kernel("debian-sid", Options(100) + "# CONFIG_USER_NS is not set\n").Verdicts()["part=kernels"];
        Assert.Equal("inconclusive", part.Verdict);
        Assert.Contains("1 differs: USER_NS (n in 1, y in 1).", part.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_module_is_another_value_than_built_in_and_the_summary_says_what_it_makes()
    {
        var part = _run.Host().Kernel("host", Options(100)).Kernel("debian-sid", Options(100).Replace("=y", "=m", StringComparison.Ordinal)).Verdicts()["part=kernels"];
        Assert.Equal("refuted", part.Verdict);
        Assert.Contains("If a module counts as built in, host and debian-sid agree in 100.0 %.", part.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_kernels_refute_qualifies_the_claim_which_is_about_one_host()
    {
        var verdicts = _run.Host().Container("debian:12", "/a=1").Container("alpine:3.20", "/a=2").Kernel("host", Options(100)).Kernel("debian-sid", Options(100, off: 60)).Verdicts();
        Assert.Equal(("supported", "supported", "qualified"), (verdicts["part=kernel"].Verdict, verdicts["part=userland"].Verdict, verdicts[""].Verdict));
        Assert.Contains("Separately built kernels differ more.", verdicts[""].Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_configuration_is_read_with_what_it_says_is_not_set()
    {
        var options = KernelOptionTable.Parse("#\n# Linux/x86 6.1\n#\nCONFIG_A=y\r\nCONFIG_B=m\n# CONFIG_C is not set\nCONFIG_D=\"a=b, \\\"c\\\"\"\n# CONFIG_E follows\n");
        Assert.Equal([("A", "y"), ("B", "m"), ("C", "n"), ("D", "\"a=b, \\\"c\\\"\"")], options.Select(pair => (pair.Key, pair.Value)));
    }

    // Options that nobody asks for, all on but the last ones.
    private static string Options(int count, int off = 0) => string.Concat(Enumerable.Range(1, count).Select(n => n > count - off
        ? string.Create(CultureInfo.InvariantCulture, $"# CONFIG_O{n} is not set\n")
        : string.Create(CultureInfo.InvariantCulture, $"CONFIG_O{n}=y\n")));
}
