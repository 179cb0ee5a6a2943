namespace Harness.Core.Seccomp;

/// <summary>
/// A seccomp filter: a program of classic BPF that the kernel's own checks (seccomp_check_filter, bpf_check_classic) let through.
/// It cannot loop, since every jump leads forward, and it ends with a return, since both are checked first.
/// </summary>
public sealed class BpfProgram
{
    /// <summary>BPF_MAXINSNS.</summary>
    public const int MaxLength = 4096;

    private const int MemoryWords = 16;
    private const uint DataSize = 64;

    private readonly ImmutableArray<BpfInstruction> _instructions;

    private BpfProgram(ImmutableArray<BpfInstruction> instructions) => _instructions = instructions;

    /// <summary>How many instructions it has.</summary>
    public int Length => _instructions.Length;

    /// <summary>The program, or null with the reason where the kernel would not take it.</summary>
    public static BpfProgram? Parse(ImmutableArray<BpfInstruction> instructions, out string reason)
    {
        reason = instructions.Length is 0 or > MaxLength ? $"a program has 1 to {MaxLength} instructions, not {instructions.Length}" : "";
        for (var at = 0; at < instructions.Length && reason.Length == 0; at++)
        {
            if (Fault(instructions[at], instructions.Length - at - 1) is { } fault)
                reason = $"instruction {at}: {fault}";
        }

        if (reason.Length == 0 && !IsReturn(instructions[^1].Code))
            reason = "the last instruction is no return";
        return reason.Length == 0 ? new BpfProgram(instructions) : null;
    }

    /// <summary>What the filter answers.</summary>
    public BpfResult Run(SeccompCall call)
    {
        uint a = 0, x = 0;
        Span<uint> memory = stackalloc uint[MemoryWords];
        var looked = false;
        for (var at = 0; ; at++)
        {
            var (code, ifTrue, ifFalse, k) = _instructions[at];
            switch (code)
            {
                case Bpf.LoadWord:
                    a = call.Word(k);
                    looked |= k >= SeccompCall.FirstArgument;
                    break;
                case Bpf.LoadLength: a = DataSize; break;
                case Bpf.LoadConstant: a = k; break;
                case Bpf.LoadMemory: a = memory[(int)k]; break;
                case Bpf.LoadXLength: x = DataSize; break;
                case Bpf.LoadXConstant: x = k; break;
                case Bpf.LoadXMemory: x = memory[(int)k]; break;
                case Bpf.Store: memory[(int)k] = a; break;
                case Bpf.StoreX: memory[(int)k] = x; break;
                case Bpf.MoveToX: x = a; break;
                case Bpf.MoveToA: a = x; break;
                case Bpf.ReturnConstant: return new BpfResult(k, looked);
                case Bpf.ReturnA: return new BpfResult(a, looked);
                case Bpf.Jump: at += (int)k; break;
                case Bpf.Negate: a = 0 - a; break;
                default:
                    var operand = (code & Bpf.FromX) != 0 ? x : k;
                    if ((code & Bpf.ClassMask) == Bpf.JumpClass)
                        at += Holds(code, a, operand) ? ifTrue : ifFalse;
                    else if (operand == 0 && (code & Bpf.OperationMask) == Bpf.Divide)
                        return new BpfResult(0, looked);   // as the kernel does: a division by a zero in X ends with 0
                    else
                        a = Compute(code, a, operand);
                    break;
            }
        }
    }

    private static bool IsReturn(ushort code) => code is Bpf.ReturnConstant or Bpf.ReturnA;

    private static string? Fault(BpfInstruction instruction, int behind)
    {
        var (code, ifTrue, ifFalse, k) = instruction;
        return code switch
        {
            Bpf.LoadWord => k >= DataSize || k % 4 != 0 ? $"loads from {k}, which is no word of the call" : null,
            Bpf.LoadMemory or Bpf.LoadXMemory or Bpf.Store or Bpf.StoreX => k >= MemoryWords ? $"memory has no word {k}" : null,
            Bpf.LoadLength or Bpf.LoadConstant or Bpf.LoadXLength or Bpf.LoadXConstant or Bpf.MoveToX or Bpf.MoveToA
                or Bpf.ReturnConstant or Bpf.ReturnA or Bpf.Negate => null,
            Bpf.Jump => k >= (uint)behind ? "jumps out of the program" : null,
            _ when Bpf.Conditions.Contains(code) => ifTrue >= behind || ifFalse >= behind ? "jumps out of the program" : null,
            _ when !Bpf.Operations.Contains(code) => $"code 0x{code:x2} is not allowed in a seccomp filter",
            Bpf.AluClass | Bpf.Divide when k == 0 => "divides by zero",
            Bpf.AluClass | Bpf.ShiftLeft or Bpf.AluClass | Bpf.ShiftRight when k >= 32 => $"shifts by {k}",
            _ => null,
        };
    }

    private static bool Holds(ushort code, uint a, uint operand) => (code & Bpf.OperationMask) switch
    {
        Bpf.IfEqual => a == operand,
        Bpf.IfGreater => a > operand,
        Bpf.IfGreaterOrEqual => a >= operand,
        _ => (a & operand) != 0,
    };

    // A shift by X takes its low five bits, as the kernel's does.
    private static uint Compute(ushort code, uint a, uint operand) => (code & Bpf.OperationMask) switch
    {
        Bpf.Add => unchecked(a + operand),
        Bpf.Subtract => unchecked(a - operand),
        Bpf.Multiply => unchecked(a * operand),
        Bpf.Divide => a / operand,
        Bpf.Or => a | operand,
        Bpf.And => a & operand,
        Bpf.ShiftLeft => a << (int)(operand & 31),
        Bpf.ShiftRight => a >> (int)(operand & 31),
        _ => a ^ operand,
    };
}

/// <summary>What a filter answered.</summary>
/// <param name="Value">SECCOMP_RET_…: the action in the upper half, its data in the lower.</param>
/// <param name="LookedAtArguments">Whether the way there read any argument: then another one could get another answer.</param>
public readonly record struct BpfResult(uint Value, bool LookedAtArguments);
