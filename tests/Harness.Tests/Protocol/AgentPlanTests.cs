using Harness.Core.Protocol;
using Xunit;

namespace Harness.Tests.Protocol;

public sealed class AgentPlanTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static readonly AgentPlan Plan = new()
    {
        Environment = [new("PATH", "/bin"), new("EMPTY", "")],
        Probes =
        [
            new BuiltinProbe(0, Second, 65536, "kernel"),
            new ScriptProbe(1, TimeSpan.FromTicks(1), 0, "/.harness/probes/a b.sh"),
            new ExecProbe(65534, Second, 1L << 40, ["/bin/bash", "-c", "", "echo é"]),
        ],
    };

    [Fact]
    public void A_plan_is_rendered_line_by_line() => Assert.Equal(
        "harness-plan\t2\n"
        + "env\tPATH=/bin\n"
        + "env\tEMPTY=\n"
        + "probe\t0\t1000\t65536\tbuiltin\tkernel\n"
        + "probe\t1\t1\t0\tscript\t/.harness/probes/a b.sh\n"
        + "probe\t65534\t1000\t1099511627776\texec\t/bin/bash\t-c\t\techo é\n"
        + "end\n",
        Plan.Render());

    [Theory]
    [InlineData("a\tb")]
    [InlineData("a\nb")]
    [InlineData("a\0b")]
    public void A_field_that_would_break_the_plan_is_refused(string field)
    {
        AssertRefused(Plan with { Environment = [new("NAME", field)] });
        AssertRefused(Plan with { Environment = [new(field, "value")] });
        AssertRefused(Plan with { Probes = [new BuiltinProbe(0, Second, 1, field)] });
        AssertRefused(Plan with { Probes = [new ScriptProbe(0, Second, 1, field)] });
        AssertRefused(Plan with { Probes = [new ExecProbe(0, Second, 1, ["/bin/sh", field])] });
    }

    [Fact]
    public void A_value_that_the_agent_would_refuse_is_refused_here()
    {
        AssertRefused(Plan with { Environment = [new("", "value")] });
        AssertRefused(Plan with { Environment = [new("A=B", "value")] });
        AssertRefused(Plan with { Environment = [.. Enumerable.Range(0, 257).Select(i => new EnvironmentVariable($"V{i}", ""))] });
        AssertRefused(Plan with { Probes = [new BuiltinProbe(0xFFFF, Second, 1, "kernel")] });
        AssertRefused(Plan with { Probes = [new BuiltinProbe(0, TimeSpan.Zero, 1, "kernel")] });
        AssertRefused(Plan with { Probes = [new BuiltinProbe(0, TimeSpan.FromDays(365), 1, "kernel")] });
        AssertRefused(Plan with { Probes = [new BuiltinProbe(0, Second, -1, "kernel")] });
        AssertRefused(Plan with { Probes = [new ExecProbe(0, Second, 1, [])] });
        AssertRefused(Plan with { Probes = [new ExecProbe(0, Second, 1, ["/bin/echo", new string('a', 1 << 20)])] });
        AssertRefused(Plan with { Probes = [new ExecProbe(0, Second, 1, [.. Enumerable.Repeat("a", 8192)])] });
        AssertRefused(Plan with { Probes = [.. Enumerable.Range(0, 1025).Select(i => new BuiltinProbe((ushort)i, Second, 1, "kernel"))] });
    }

    [Fact]
    public void Two_probes_with_one_index_are_refused() =>
        AssertRefused(Plan with { Probes = [new BuiltinProbe(3, Second, 1, "kernel"), new ScriptProbe(3, Second, 1, "/a")] });

    private static void AssertRefused(AgentPlan plan) => Assert.Throws<ArgumentException>(() => plan.Render());
}
