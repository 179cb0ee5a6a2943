using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Harness.Core.Seccomp;
using Harness.Host.Processes;

namespace Harness.Sandboxes.Seccomp;

/// <summary>Reads the seccomp filters of a process from outside, without a call of its own: PTRACE_SECCOMP_GET_FILTER, which needs CAP_SYS_ADMIN.</summary>
[SupportedOSPlatform("linux")]
internal static class FilterReader
{
    private const int Attach = 16, Detach = 17, GetFilter = 0x420C;
    private const int WaitAnyKind = 0x40000000;   // __WALL
    private const int InstructionSize = 8;
    private const int NoEntry = 2, Invalid = 22;

    /// <summary>
    /// Every filter, the most recently installed first; empty where the process has none. The process stands still meanwhile.
    /// Not asynchronous: the kernel knows the tracer by its thread.
    /// </summary>
    /// <exception cref="IOException">The process is gone, or the kernel refuses.</exception>
    internal static ImmutableArray<ImmutableArray<BpfInstruction>> Read(int pid)
    {
        Check(Native.Trace(Attach, pid, 0, 0), "PTRACE_ATTACH");
        try
        {
            if (Native.WaitFor(pid, out _, WaitAnyKind) != pid)
                throw new IOException($"waitpid: errno {Marshal.GetLastPInvokeError()}");
            return ReadStopped(pid);
        }
        finally
        {
            _ = Native.Trace(Detach, pid, 0, 0);
        }
    }

    private static ImmutableArray<ImmutableArray<BpfInstruction>> ReadStopped(int pid)
    {
        var filters = ImmutableArray.CreateBuilder<ImmutableArray<BpfInstruction>>();
        while (Native.Trace(GetFilter, pid, filters.Count, 0) is var count && count > 0)
        {
            var buffer = Marshal.AllocHGlobal((int)count * InstructionSize);
            try
            {
                Check(Native.Trace(GetFilter, pid, filters.Count, buffer), "PTRACE_SECCOMP_GET_FILTER");
                var bytes = new byte[(int)count * InstructionSize];
                Marshal.Copy(buffer, bytes, 0, bytes.Length);
                filters.Add(Parse(bytes));
            }
            finally
            {
                Marshal.FreeHGlobal(buffer);
            }
        }

        // ENOENT: no further filter; EINVAL: the process is in no filter mode.
        return Marshal.GetLastPInvokeError() is NoEntry or Invalid
            ? filters.ToImmutable()
            : throw new IOException($"PTRACE_SECCOMP_GET_FILTER: errno {Marshal.GetLastPInvokeError()}");
    }

    /// <summary>The kernel's <c>struct sock_filter</c> one after the other.</summary>
    internal static ImmutableArray<BpfInstruction> Parse(ReadOnlySpan<byte> bytes)
    {
        var instructions = ImmutableArray.CreateBuilder<BpfInstruction>(bytes.Length / InstructionSize);
        for (var at = 0; at + InstructionSize <= bytes.Length; at += InstructionSize)
        {
            instructions.Add(new BpfInstruction(
                BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]), bytes[at + 2], bytes[at + 3], BinaryPrimitives.ReadUInt32LittleEndian(bytes[(at + 4)..])));
        }

        return instructions.ToImmutable();
    }

    private static void Check(nint result, string what)
    {
        if (result < 0)
            throw new IOException($"{what}: errno {Marshal.GetLastPInvokeError()}");
    }
}
