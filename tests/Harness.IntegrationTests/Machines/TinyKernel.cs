using System.Buffers.Binary;
using System.Text;

namespace Harness.IntegrationTests.Machines;

/// <summary>Programs of a few bytes that boot by PVH, for guests that misbehave.</summary>
internal static class TinyKernel
{
    // A descriptor table of no length makes the next interrupt a triple fault, which resets the machine.
    private static readonly byte[] _reset = [0x0F, 0x01, 0x1D, 0x00, 0x02, 0x10, 0x00, 0xCC];

    /// <summary>Says a text on the console and resets.</summary>
    internal static byte[] Saying(string text) => Elf([.. Encoding.ASCII.GetBytes(text).SelectMany(Out), .. _reset]);

    /// <summary>Says nothing and never ends.</summary>
    internal static byte[] Hanging() => Elf([0xFA, 0xF4, 0xEB, 0xFD]);

    /// <summary>Writes to the console for ever.</summary>
    internal static byte[] Flooding() => Elf([.. Out((byte)'x'), 0xEB, 0xF7]);

    // mov dx, 0x3f8 as 32 bits; mov al, value; out dx, al
    private static byte[] Out(byte value) => [0x66, 0xBA, 0xF8, 0x03, 0xB0, value, 0xEE];

    private static byte[] Elf(byte[] code)
    {
        var elf = new byte[0x2000 + code.Length];
        "\u007fELF\u0002\u0001\u0001"u8.CopyTo(elf);
        Put16(elf, 16, 2);
        Put16(elf, 18, 62);
        Put32(elf, 20, 1);
        Put64(elf, 24, 0x101000);
        Put64(elf, 32, 64);
        Put16(elf, 52, 64);
        Put16(elf, 54, 56);
        Put16(elf, 56, 2);
        Segment(elf, 64, type: 1, flags: 7, offset: 0x1000, address: 0x101000, size: elf.Length - 0x1000, alignment: 4096);
        Segment(elf, 120, type: 4, flags: 4, offset: 0x200, address: 0, size: 24, alignment: 4);
        Put32(elf, 0x200, 4);
        Put32(elf, 0x204, 8);
        Put32(elf, 0x208, 18);
        "Xen\0"u8.CopyTo(elf.AsSpan(0x20C));
        Put64(elf, 0x210, 0x102000);
        code.CopyTo(elf, 0x2000);
        return elf;
    }

    private static void Segment(byte[] elf, int at, uint type, uint flags, long offset, long address, long size, long alignment)
    {
        Put32(elf, at, type);
        Put32(elf, at + 4, flags);
        Put64(elf, at + 8, offset);
        Put64(elf, at + 16, address);
        Put64(elf, at + 24, address);
        Put64(elf, at + 32, size);
        Put64(elf, at + 40, size);
        Put64(elf, at + 48, alignment);
    }

    private static void Put16(byte[] to, int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(to.AsSpan(at), value);

    private static void Put32(byte[] to, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(to.AsSpan(at), value);

    private static void Put64(byte[] to, int at, long value) => BinaryPrimitives.WriteInt64LittleEndian(to.AsSpan(at), value);
}
