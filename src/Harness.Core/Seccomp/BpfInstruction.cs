namespace Harness.Core.Seccomp;

/// <summary>One instruction of classic BPF, as the kernel's <c>struct sock_filter</c> has it: 8 bytes, little-endian here.</summary>
/// <param name="Code">Class, size or operation, and source.</param>
/// <param name="IfTrue">Instructions to skip where a condition holds.</param>
/// <param name="IfFalse">Instructions to skip where it does not.</param>
/// <param name="K">The constant.</param>
public readonly record struct BpfInstruction(ushort Code, byte IfTrue, byte IfFalse, uint K);

/// <summary>What a filter sees of a call: the kernel's <c>struct seccomp_data</c>, 64 bytes.</summary>
/// <param name="Number">The call's number.</param>
/// <param name="Architecture">AUDIT_ARCH_…, as <see cref="X8664"/>.</param>
/// <param name="Arguments">Six registers.</param>
public sealed record SeccompCall(int Number, uint Architecture, ImmutableArray<ulong> Arguments)
{
    /// <summary>AUDIT_ARCH_X86_64.</summary>
    public const uint X8664 = 0xC000003E;

    /// <summary>AUDIT_ARCH_I386: int 0x80, whatever program uses it.</summary>
    public const uint I386 = 0x40000003;

    /// <summary>What x32 adds to a number; the architecture is <see cref="X8664"/>.</summary>
    public const int X32Bit = 0x40000000;

    /// <summary>AUDIT_ARCH_AARCH64.</summary>
    public const uint Aarch64 = 0xC00000B7;

    /// <summary>Where the arguments begin, in bytes.</summary>
    internal const uint FirstArgument = 16;

    /// <summary>The 32 bits at an offset that is a multiple of 4 and below 64. The instruction pointer reads as zero: no filter of a container asks for it.</summary>
    internal uint Word(uint offset) => offset switch
    {
        0 => (uint)Number,
        4 => Architecture,
        < FirstArgument => 0,
        _ => (uint)(Arguments[(int)((offset - FirstArgument) / 8)] >> (offset % 8 == 0 ? 0 : 32)),
    };
}
