using System.Buffers.Binary;
using System.Text;
using Harness.Images.Packages;

namespace Harness.Images.Kernels;

/// <summary>A kernel image taken apart.</summary>
/// <param name="Elf">The uncompressed kernel, which boots by PVH without the decompressing that a bzImage starts with; null where it cannot.</param>
/// <param name="Release">The release that the image names; empty where it names none.</param>
internal sealed record KernelFile(byte[]? Elf, string Release)
{
    private const int PvhNote = 18;   // XEN_ELFNOTE_PHYS32_ENTRY

    /// <summary>Reads a bzImage or an ELF.</summary>
    /// <exception cref="InvalidDataException">It is no x86 kernel; the message says why.</exception>
    internal static KernelFile Parse(byte[] file)
    {
        if (IsElf(file))
            return CanPvh(file) ? new KernelFile(file, ReleaseIn(file)) : throw new InvalidDataException("an ELF without a PVH entry point, which QEMU cannot boot");
        // The boot protocol's header: "HdrS" at 0x202. Source: Documentation/arch/x86/boot.rst.
        if (file.Length < 0x250 || !file.AsSpan(0x202).StartsWith("HdrS"u8))
            throw new InvalidDataException("no x86 kernel: neither a bzImage nor an ELF");
        return new KernelFile(Payload(file), HeaderRelease(file));
    }

    internal static bool IsElf(ReadOnlySpan<byte> file) => file.StartsWith("\u007fELF"u8) && file.Length > 64 && file[4] == 2;

    private static byte[]? Payload(byte[] file)
    {
        var version = BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(0x206));
        var setup = file[0x1F1] == 0 ? 4 : file[0x1F1];
        var start = ((setup + 1L) * 512) + BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(0x248));
        var length = BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(0x24C));
        if (version < 0x208 || start + length > file.Length)
            return null;
        try
        {
            var elf = Packed.UnpackPayload(file.AsSpan((int)start, (int)length).ToArray());
            return IsElf(elf) && CanPvh(elf) ? elf : null;
        }
        catch (InvalidDataException)
        {
            // Some other compression: the bzImage unpacks itself, slower.
            return null;
        }
    }

    private static string HeaderRelease(byte[] file)
    {
        var pointer = BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(0x20E)) + 0x200;
        return pointer == 0x200 || pointer >= file.Length ? "" : FirstWord(file.AsSpan(pointer));
    }

    private static string ReleaseIn(byte[] elf)
    {
        var mark = "Linux version "u8;
        var at = elf.AsSpan().IndexOf(mark);
        return at < 0 ? "" : FirstWord(elf.AsSpan(at + mark.Length));
    }

    private static string FirstWord(ReadOnlySpan<byte> text)
    {
        var end = text[..Math.Min(128, text.Length)].IndexOfAny((byte)' ', (byte)0);
        return end <= 0 ? "" : Encoding.ASCII.GetString(text[..end]);
    }

    /// <summary>Whether a PT_NOTE segment names the 32-bit entry point of PVH.</summary>
    private static bool CanPvh(ReadOnlySpan<byte> elf)
    {
        var offset = BinaryPrimitives.ReadInt64LittleEndian(elf[32..]);
        var size = BinaryPrimitives.ReadUInt16LittleEndian(elf[54..]);
        var count = BinaryPrimitives.ReadUInt16LittleEndian(elf[56..]);
        for (var i = 0; i < count && offset >= 0 && offset + ((i + 1L) * size) <= elf.Length && size >= 56; i++)
        {
            var header = elf[(int)(offset + ((long)i * size))..];
            if (BinaryPrimitives.ReadUInt32LittleEndian(header) != 4)
                continue;
            var start = BinaryPrimitives.ReadInt64LittleEndian(header[8..]);
            var length = BinaryPrimitives.ReadInt64LittleEndian(header[32..]);
            if (start >= 0 && length >= 0 && start + length <= elf.Length && HasPvh(elf.Slice((int)start, (int)length)))
                return true;
        }

        return false;
    }

    private static bool HasPvh(ReadOnlySpan<byte> notes)
    {
        while (notes.Length >= 12)
        {
            var name = BinaryPrimitives.ReadUInt32LittleEndian(notes);
            var content = BinaryPrimitives.ReadUInt32LittleEndian(notes[4..]);
            if (BinaryPrimitives.ReadUInt32LittleEndian(notes[8..]) == PvhNote && notes[12..].StartsWith("Xen\0"u8))
                return true;
            var next = 12L + ((name + 3L) & ~3L) + ((content + 3L) & ~3L);
            if (next > notes.Length)
                return false;
            notes = notes[(int)next..];
        }

        return false;
    }
}
