using System.Collections.Immutable;
using Harness.Core.Seccomp;
using Harness.Runtimes.Seccomp;
using Harness.Tests.Analysis;

namespace Harness.Tests.Seccomp;

public sealed class WitnessTests
{
    private const uint Allow = 0x7FFF0000, Eperm = 0x00050001;

    private static string Table { get; } = Path.Combine(RunBuilder.Repository, "experiments", "probes", "syscalls-x86_64.csv");

    [Fact]
    public void The_filter_is_asked_with_the_arguments_of_the_sweep()
    {
        var calls = SweepCalls.Read(Table, "amd64")!.All.ToDictionary(call => call.Number);

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
        var readings = new FilterWitness(SweepCalls.Read(Table, "x86_64")!).Read([filter]);

        Assert.Equal(7, readings.Single(reading => reading.Metric == "filter_instructions").Value);
        Assert.Equal("101 135", readings.Single(reading => reading.Subject == "errno=1").Text);
        Assert.Equal("0-100 102-134 136-480 4000", readings.Single(reading => reading.Subject == "allow").Text);
        Assert.Equal("135", readings.Single(reading => reading.Subject == "conditional").Text);
    }

    [Fact]
    public void Without_a_filter_all_is_allowed_and_a_program_that_cannot_be_evaluated_is_said_to_be_one()
    {
        var witness = new FilterWitness(SweepCalls.Read(Table, "x86_64")!);

        Assert.Equal("0-480 4000", witness.Read([]).Single(reading => reading.Subject == "allow").Text);
        Assert.Equal("unavailable", Assert.Single(witness.Read([[new(0x20, 0, 0, 1)]])).Metric);
    }

    [Fact]
    public void An_architecture_without_an_agent_has_no_witness() => Assert.Null(SweepCalls.Read(Table, "riscv64"));

    [Fact]
    public void Bytes_of_the_kernel_are_taken_as_instructions()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the reader is for Linux");
        if (OperatingSystem.IsLinux())
            Assert.Equal([new BpfInstruction(0x15, 1, 2, 0xC000003E)], FilterReader.Parse([0x15, 0, 1, 2, 0x3E, 0, 0, 0xC0]));
    }
}
