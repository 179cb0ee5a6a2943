using System.Collections.Immutable;
using Harness.Core.Seccomp;

namespace Harness.Tests.Seccomp;

public sealed class BpfTests
{
    private const uint Allow = 0x7FFF0000, Eperm = 0x00050001, Enosys = 0x00050026, KillProcess = 0x80000000;
    private const ushort Load = 0x20, Return = 0x06, ReturnA = 0x16, JumpEqual = 0x15, JumpGreaterOrEqual = 0x35, JumpAnyBit = 0x45;

    /// <summary>As a container's filter begins: other architectures die, then numbers are told apart.</summary>
    private static readonly ImmutableArray<BpfInstruction> _known =
    [
        new(Load, 0, 0, 4),
        new(JumpEqual, 1, 0, SeccompCall.X8664),
        new(Return, 0, 0, KillProcess),
        new(Load, 0, 0, 0),
        new(JumpEqual, 4, 0, 101),
        new(JumpEqual, 0, 4, 135),
        new(Load, 0, 0, 16),
        new(JumpEqual, 2, 0, 0xFFFFFFFF),
        new(Return, 0, 0, Enosys),
        new(Return, 0, 0, Eperm),
        new(Return, 0, 0, Allow),
    ];

    [Theory]
    [InlineData(0, 0ul, Allow, false)]
    [InlineData(101, 0ul, Eperm, false)]
    [InlineData(135, 0xFFFFFFFFul, Allow, true)]
    [InlineData(135, 8ul, Enosys, true)]
    public void A_known_filter_answers_as_it_was_written(int number, ulong argument, uint expected, bool conditional)
    {
        var program = Parsed(_known);

        Assert.Equal(new BpfResult(expected, conditional), program.Run(Call(number, argument)));
    }

    [Fact]
    public void Another_architecture_gets_the_answer_for_other_architectures() =>
        Assert.Equal(KillProcess, Parsed(_known).Run(Call(0, 0) with { Architecture = SeccompCall.Aarch64 }).Value);

    [Fact]
    public void Both_halves_of_each_argument_are_read_where_the_kernel_has_them()
    {
        var call = new SeccompCall(7, SeccompCall.X8664, [0x1111111122222222, 3, 4, 5, 6, 0x7777777788888888]);

        Assert.Equal(0x22222222u, Loaded(16));
        Assert.Equal(0x11111111u, Loaded(20));
        Assert.Equal(0x88888888u, Loaded(56));
        Assert.Equal(0x77777777u, Loaded(60));
        Assert.Equal(0u, Loaded(8));

        uint Loaded(uint offset) => Parsed([new(Load, 0, 0, offset), new(ReturnA, 0, 0, 0)]).Run(call).Value;
    }

    [Theory]
    [InlineData(0x04, 12u)]   // add
    [InlineData(0x14, 6u)]    // subtract
    [InlineData(0x24, 27u)]   // multiply
    [InlineData(0x34, 3u)]    // divide
    [InlineData(0x44, 11u)]   // or
    [InlineData(0x54, 1u)]    // and
    [InlineData(0x64, 72u)]   // shift left
    [InlineData(0x74, 1u)]    // shift right
    [InlineData(0xA4, 10u)]   // exclusive or
    public void Arithmetic_is_that_of_32_bits_with_a_constant_and_with_X(int operation, uint expected)
    {
        Assert.Equal(expected, Parsed([new(0x00, 0, 0, 9), new((ushort)operation, 0, 0, 3), new(ReturnA, 0, 0, 0)]).Run(Call(0, 0)).Value);
        Assert.Equal(expected, Parsed([new(0x00, 0, 0, 9), new(0x01, 0, 0, 3), new((ushort)(operation | 8), 0, 0, 0), new(ReturnA, 0, 0, 0)]).Run(Call(0, 0)).Value);
    }

    [Fact]
    public void Memory_transfers_and_negation_work_and_a_division_by_a_zero_in_X_ends_with_zero()
    {
        Assert.Equal(unchecked((uint)-5), Parsed(
            [new(0x00, 0, 0, 5), new(0x84, 0, 0, 0), new(0x02, 0, 0, 3), new(0x00, 0, 0, 0), new(0x61, 0, 0, 3), new(0x87, 0, 0, 0), new(ReturnA, 0, 0, 0)]).Run(Call(0, 0)).Value);
        Assert.Equal(64u, Parsed([new(0x80, 0, 0, 0), new(0x07, 0, 0, 0), new(0x03, 0, 0, 15), new(0x60, 0, 0, 15), new(ReturnA, 0, 0, 0)]).Run(Call(0, 0)).Value);
        Assert.Equal(0u, Parsed([new(0x00, 0, 0, 9), new(0x01, 0, 0, 0), new(0x3C, 0, 0, 0), new(Return, 0, 0, Allow)]).Run(Call(0, 0)).Value);
    }

    [Fact]
    public void Jumps_lead_where_their_condition_says()
    {
        ImmutableArray<BpfInstruction> program =
            [new(Load, 0, 0, 0), new(JumpGreaterOrEqual, 0, 2, 10), new(JumpAnyBit, 0, 1, 1), new(Return, 0, 0, 1), new(0x05, 0, 0, 1), new(Return, 0, 0, 2), new(Return, 0, 0, 3)];

        Assert.Equal([3u, 1u, 3u], new[] { 9, 11, 12 }.Select(number => Parsed(program).Run(Call(number, 0)).Value));
    }

    [Theory]
    [InlineData("1 to 4096", new int[0])]
    [InlineData("no return", new[] { 0x20, 0 })]
    [InlineData("no word of the call", new[] { 0x20, 64, 0x06, 0 })]
    [InlineData("no word of the call", new[] { 0x20, 2, 0x06, 0 })]
    [InlineData("not allowed", new[] { 0x28, 0, 0x06, 0 })]
    [InlineData("not allowed", new[] { 0x94, 3, 0x06, 0 })]
    [InlineData("not allowed", new[] { 0xFFFF, 0, 0x06, 0 })]
    [InlineData("divides by zero", new[] { 0x34, 0, 0x06, 0 })]
    [InlineData("shifts by 32", new[] { 0x64, 32, 0x06, 0 })]
    [InlineData("memory has no word 16", new[] { 0x02, 16, 0x06, 0 })]
    [InlineData("jumps out of the program", new[] { 0x05, 1, 0x06, 0 })]
    [InlineData("jumps out of the program", new[] { 0x05, -1, 0x06, 0 })]
    public void A_malformed_program_is_refused_with_the_reason(string reason, int[] words)
    {
        ImmutableArray<BpfInstruction> instructions = [.. words.Chunk(2).Select(pair => new BpfInstruction((ushort)pair[0], 0, 0, unchecked((uint)pair[1])))];

        Assert.Null(BpfProgram.Parse(instructions, out var said));
        Assert.Contains(reason, said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_condition_may_not_jump_out_and_a_program_may_not_be_too_long()
    {
        Assert.Null(BpfProgram.Parse([new(JumpEqual, 1, 0, 0), new(Return, 0, 0, 0)], out _));
        Assert.Null(BpfProgram.Parse([new(JumpEqual, 0, 1, 0), new(Return, 0, 0, 0)], out _));
        Assert.Null(BpfProgram.Parse([.. Enumerable.Repeat(new BpfInstruction(Return, 0, 0, 0), BpfProgram.MaxLength + 1)], out _));
    }

    [Fact]
    public void Whatever_the_bytes_a_program_is_refused_with_a_reason_or_ends_with_an_answer()
    {
        ushort[] codes = [0x20, 0x28, 0x30, 0x40, 0x80, 0x00, 0x01, 0x60, 0x61, 0x81, 0x02, 0x03, 0x05, 0x15, 0x1D, 0x25, 0x35, 0x45, 0x04, 0x0C, 0x14, 0x24, 0x34, 0x3C, 0x44, 0x54, 0x64, 0x6C, 0x74, 0x84, 0x94, 0xA4, 0x06, 0x16, 0x07, 0x87];
        var random = new Random(1);
        var (taken, refused) = (0, 0);
        for (var round = 0; round < 50_000; round++)
        {
            var length = random.Next(0, 8);
            ImmutableArray<BpfInstruction> instructions =
            [
                .. Enumerable.Range(0, length).Select(_ => new BpfInstruction(
                    random.Next(20) == 0 ? (ushort)random.Next(0x10000) : codes[random.Next(codes.Length)], (byte)random.Next(4), (byte)random.Next(4),
                    random.Next(3) == 0 ? (uint)random.NextInt64(0x100000000) : (uint)random.Next(70))),
                .. random.Next(4) == 0 ? ImmutableArray<BpfInstruction>.Empty : [new(Return, 0, 0, Allow)],
            ];
            if (BpfProgram.Parse(instructions, out var reason) is { } program)
            {
                taken++;
                // The same question gets the same answer, and none that the kernel could not name.
                var call = new SeccompCall(random.Next(500), SeccompCall.X8664, [.. Enumerable.Range(0, 6).Select(_ => (ulong)random.NextInt64())]);
                Assert.Equal(program.Run(call), program.Run(call));
                Assert.NotEmpty(SeccompFilters.Name(program.Run(call).Value));
            }
            else
            {
                refused++;
                Assert.NotEmpty(reason);
            }
        }

        Assert.InRange(taken, 1_000, 49_000);
        Assert.InRange(refused, 1_000, 49_000);
    }

    [Theory]
    [InlineData(0x3D)]   // greater or equal, with X
    [InlineData(0x2D)]   // greater
    [InlineData(0x4D)]   // any bit
    [InlineData(0x1D)]   // equal
    public void Conditions_compare_with_X_as_unsigned_numbers(int code)
    {
        bool Holds(uint a, uint x) => Parsed([new(0x00, 0, 0, a), new(0x01, 0, 0, x), new((ushort)code, 0, 1, 0), new(Return, 0, 0, 1), new(Return, 0, 0, 0)]).Run(Call(0, 0)).Value == 1;
        Func<uint, uint, bool> expected = code switch { 0x3D => (a, x) => a >= x, 0x2D => (a, x) => a > x, 0x4D => (a, x) => (a & x) != 0, _ => (a, x) => a == x };
        uint[] values = [0, 1, 2, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF];

        Assert.All(from a in values from x in values select (a, x), pair => Assert.Equal(expected(pair.a, pair.x), Holds(pair.a, pair.x)));
    }

    [Fact]
    public void Of_several_filters_the_strictest_answer_counts()
    {
        Assert.Equal(Allow, new SeccompFilters([]).Run(Call(0, 0)).Value);
        Assert.Equal(Eperm, Together(Allow, Eperm));
        Assert.Equal(0u, Together(Eperm, 0));
        Assert.Equal(KillProcess, Together(0, KillProcess));

        static uint Together(uint first, uint second) =>
            new SeccompFilters([Parsed([new(Return, 0, 0, first)]), Parsed([new(Return, 0, 0, second)])]).Run(Call(0, 0)).Value;
    }

    [Fact]
    public void Answers_and_numbers_are_named()
    {
        Assert.Equal(["allow", "errno=1", "errno=38", "kill_process", "kill_thread", "trap"], new[] { Allow, Eperm, Enosys, KillProcess, 0u, 0x30000u }.Select(SeccompFilters.Name));
        Assert.Equal("", SeccompFilters.Ranges([]));
        Assert.Equal("0-2 4 6-7", SeccompFilters.Ranges([0, 1, 2, 4, 6, 7]));
    }

    private static BpfProgram Parsed(ImmutableArray<BpfInstruction> instructions)
    {
        var program = BpfProgram.Parse(instructions, out var reason);
        Assert.Equal("", reason);
        return program!;
    }

    private static SeccompCall Call(int number, ulong first) => new(number, SeccompCall.X8664, [first, 0, 0, 0, 0, 0]);
}
