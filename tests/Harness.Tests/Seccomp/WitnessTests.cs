using System.Collections.Immutable;
using Harness.Core.Seccomp;
using Harness.Sandboxes.Payload;
using Harness.Sandboxes.Seccomp;
using Harness.Tests.Analysis;

namespace Harness.Tests.Seccomp;

public sealed class WitnessTests
{
    private const uint Allow = 0x7FFF0000, Eperm = 0x00050001;

    private static string Table { get; } = Path.Combine(RunBuilder.Repository, "experiments", "probes", "syscalls-x86_64.csv");

    [Fact]
    public void The_filter_is_asked_with_the_arguments_of_the_sweep()
    {
        var calls = SweepCalls.Read(Table, "x86_64")!.All.ToDictionary(call => call.Number, call => call.Seen);

        Assert.Equal(482, calls.Count);
        Assert.Equal(0xFFFFFFFFul, calls[135].Arguments[0]);
        Assert.Equal([0x7FFFFFFFul, 0ul, ulong.MaxValue], calls[62].Arguments[..3]);
        Assert.All(calls[4000].Arguments, argument => Assert.Equal(ulong.MaxValue, argument));
        Assert.Equal(SeccompCall.X8664, calls[0].Architecture);
    }

    [Fact]
    public void What_a_filter_answers_is_recorded_by_answer()
    {
        // ptrace (101) is refused, personality (135) where its argument is not 8.
        ImmutableArray<BpfInstruction> filter =
        [
            new(0x20, 0, 0, 0), new(0x15, 3, 0, 101), new(0x15, 0, 3, 135), new(0x20, 0, 0, 16), new(0x15, 1, 0, 8), new(0x06, 0, 0, Eperm), new(0x06, 0, 0, Allow),
        ];
        var readings = new FilterWitness([SweepCalls.Read(Table, "x86_64")!]).Read([filter]);

        Assert.Equal(7, readings.Single(reading => reading.Metric == "filter_instructions").Value);
        Assert.Equal("101 135", readings.Single(reading => reading.Subject == "errno=1").Text);
        Assert.Equal("0-100 102-134 136-480 4000", readings.Single(reading => reading.Subject == "allow").Text);
        Assert.Equal("135", readings.Single(reading => reading.Subject == "conditional").Text);
    }

    [Fact]
    public void Without_a_filter_all_is_allowed_and_a_program_that_cannot_be_evaluated_is_said_to_be_one()
    {
        var witness = new FilterWitness([SweepCalls.Read(Table, "x86_64")!]);

        Assert.Equal("0-480 4000", witness.Read([]).Single(reading => reading.Subject == "allow").Text);
        Assert.Equal("unavailable", Assert.Single(witness.Read([[new(0x20, 0, 0, 1)]])).Metric);
    }

    [Fact]
    public void An_architecture_without_an_agent_has_no_witness() => Assert.Null(SweepCalls.Read(Table, "riscv64"));

    [Fact]
    public void Other_entries_are_asked_for_as_the_kernel_shows_them_to_a_filter()
    {
        var agents = new AgentFiles(Path.Combine(RunBuilder.Repository, "experiments", "probes", "bin"));
        var sweeps = SweepCalls.Of(agents, "amd64").ToDictionary(sweep => sweep.Metric, sweep => sweep.All.ToDictionary(call => call.Number, call => call.Seen), StringComparer.Ordinal);

        Assert.Equal(["filter", "filter_i386", "filter_x32"], sweeps.Keys.Order(StringComparer.Ordinal));
        Assert.Equal((SeccompCall.I386, 0xFFFFFFFFul), (sweeps["filter_i386"][3].Architecture, sweeps["filter_i386"][3].Arguments[0]));
        Assert.Equal((SeccompCall.X8664, 0x40000000 + 512, ulong.MaxValue), (sweeps["filter_x32"][512].Architecture, sweeps["filter_x32"][512].Number, sweeps["filter_x32"][512].Arguments[0]));
        Assert.Equal([482, 482, 518], new[] { "filter", "filter_i386", "filter_x32" }.Select(metric => sweeps[metric].Count));
        Assert.Equal("filter", Assert.Single(SweepCalls.Of(agents, "arm64")).Metric);
        Assert.Empty(SweepCalls.Of(agents, "riscv64"));
    }

    [Fact]
    public void A_filter_that_kills_other_entries_is_read_as_one()
    {
        // Another architecture than x86-64 ends in a kill; so does a number with the bit of x32.
        ImmutableArray<BpfInstruction> filter =
        [
            new(0x20, 0, 0, 4), new(0x15, 1, 0, SeccompCall.X8664), new(0x06, 0, 0, 0x80000000), new(0x20, 0, 0, 0), new(0x35, 0, 1, 0x40000000), new(0x06, 0, 0, 0x80000000), new(0x06, 0, 0, Allow),
        ];
        var agents = new AgentFiles(Path.Combine(RunBuilder.Repository, "experiments", "probes", "bin"));
        var readings = new FilterWitness(SweepCalls.Of(agents, "amd64")).Read([filter]);

        Assert.Equal("allow", Subject("filter"));
        Assert.Equal("kill_process", Subject("filter_i386"));
        Assert.Equal("kill_process", Subject("filter_x32"));

        string Subject(string metric) => readings.Single(reading => reading.Metric == metric && reading.Subject != "conditional").Subject;
    }

    [Fact]
    public void Symbols_say_of_each_call_whether_the_kernel_has_it()
    {
        var readings = SymbolWitness.Read(Table, "__x64_sys_",
        [
            "0000000000000000 T __x64_sys_read", "ffffffff81000010 T __x64_sys_newstat", "0 W __x64_sys_bpf", "0 t __x64_sys_read.cold", "0 T __ia32_sys_write",
            "0 T __x64_sys_tuxcall\t[module]", "0 D", "",
        ]).ToDictionary(reading => reading.Subject, reading => reading.Text);

        Assert.Equal("0 4 184", readings["defined"]);
        Assert.Equal("321", readings["weak"]);
        Assert.StartsWith("1-3 5-183 185-320 322-336 ", readings["none"] + " ", StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_of_symbols_that_names_no_call_is_not_taken_for_a_kernel_without_calls() =>
        Assert.Equal("unavailable", Assert.Single(SymbolWitness.Read(Table, "__x64_sys_", ["ffffffff81000000 T sys_read"])).Metric);

    [Fact]
    public void Bytes_of_the_kernel_are_taken_as_instructions()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the reader is for Linux");
        if (OperatingSystem.IsLinux())
            Assert.Equal([new BpfInstruction(0x15, 1, 2, 0xC000003E)], FilterReader.Parse([0x15, 0, 1, 2, 0x3E, 0, 0, 0xC0]));
    }
}
