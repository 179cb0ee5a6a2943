namespace Harness.Images.Filesystems;

/// <summary>One member of a tar archive, its names as bytes: file names are no text, and may be no UTF-8.</summary>
/// <param name="Name">As the archive has it.</param>
/// <param name="Type">The header's type flag.</param>
/// <param name="Size">Bytes of content that follow in the archive; 0 for what has none, whatever its header says.</param>
/// <param name="RealSize">Bytes of the file, which differ from <paramref name="Size"/> where the archive leaves holes out.</param>
/// <param name="Mode">Permission bits.</param>
/// <param name="Link">Where a link points to; else empty.</param>
/// <param name="IsSparse">Whether the archive leaves holes out, so that its bytes are not the file's.</param>
internal sealed record TarMember(byte[] Name, char Type, long Size, long RealSize, int Mode, byte[] Link, bool IsSparse);

/// <summary>How much is read of an archive that others made.</summary>
/// <param name="Bytes">Of the whole archive.</param>
/// <param name="Entries">Members.</param>
/// <param name="Names">Bytes of all names and link targets together: what is kept in memory.</param>
internal sealed record TarLimits(long Bytes, int Entries, long Names)
{
    /// <summary>Far beyond any image of a distribution, and bearable.</summary>
    internal static TarLimits Default { get; } = new(16L << 30, 1_000_000, 256L << 20);
}
