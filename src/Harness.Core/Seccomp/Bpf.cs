using System.Collections.Frozen;

namespace Harness.Core.Seccomp;

/// <summary>Codes of classic BPF that a seccomp filter may use (linux/bpf_common.h; the list is that of seccomp_check_filter).</summary>
internal static class Bpf
{
    internal const ushort ClassMask = 0x07, OperationMask = 0xF0, FromX = 0x08;
    internal const ushort AluClass = 0x04, JumpClass = 0x05;

    internal const ushort LoadConstant = 0x00, LoadWord = 0x20, LoadMemory = 0x60, LoadLength = 0x80;
    internal const ushort LoadXConstant = 0x01, LoadXMemory = 0x61, LoadXLength = 0x81;
    internal const ushort Store = 0x02, StoreX = 0x03;
    internal const ushort Jump = 0x05, ReturnConstant = 0x06, ReturnA = 0x16;
    internal const ushort MoveToX = 0x07, MoveToA = 0x87, Negate = 0x84;

    internal const ushort Add = 0x00, Subtract = 0x10, Multiply = 0x20, Divide = 0x30, Or = 0x40, And = 0x50, ShiftLeft = 0x60, ShiftRight = 0x70, Xor = 0xA0;
    internal const ushort IfEqual = 0x10, IfGreater = 0x20, IfGreaterOrEqual = 0x30, IfAnyBit = 0x40;

    internal static readonly FrozenSet<ushort> Operations = Both(AluClass, [Add, Subtract, Multiply, Divide, Or, And, ShiftLeft, ShiftRight, Xor]);

    internal static readonly FrozenSet<ushort> Conditions = Both(JumpClass, [IfEqual, IfGreater, IfGreaterOrEqual, IfAnyBit]);

    /// <summary>Each with a constant and with X.</summary>
    private static FrozenSet<ushort> Both(ushort @class, ushort[] operations) =>
        operations.SelectMany(operation => new[] { (ushort)(@class | operation), (ushort)(@class | operation | FromX) }).ToFrozenSet();
}
