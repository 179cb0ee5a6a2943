using System.Buffers.Binary;

namespace Harness.Images.Userlands;

/// <summary>Looks into an ELF program.</summary>
internal static class ElfFile
{
    private const uint Interpreter = 3;

    /// <summary>Whether a 64-bit little-endian program needs no loader: it has no PT_INTERP entry.</summary>
    internal static bool IsStatic(ReadOnlySpan<byte> file)
    {
        if (file.Length < 64 || !file.StartsWith("\u007fELF"u8) || file[4] != 2 || file[5] != 1)
            return false;
        var offset = (long)BinaryPrimitives.ReadUInt64LittleEndian(file[32..]);
        var size = BinaryPrimitives.ReadUInt16LittleEndian(file[54..]);
        var count = BinaryPrimitives.ReadUInt16LittleEndian(file[56..]);
        for (var i = 0; i < count; i++)
        {
            var at = offset + ((long)i * size);
            if (at < 0 || at + 4 > file.Length || BinaryPrimitives.ReadUInt32LittleEndian(file[(int)at..]) == Interpreter)
                return false;
        }

        return true;
    }
}
