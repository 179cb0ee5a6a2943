using System.Globalization;

namespace Harness.Instruments.Footprint;

/// <summary>
/// What a process has in memory, a page that several share counted by its part (PSS), so that over all processes each page is
/// counted once. Source: proc_pid_smaps(5).
/// </summary>
/// <param name="Pss">Proportional set size, bytes.</param>
/// <param name="Private">Pages of this process alone, bytes.</param>
internal sealed record ProcessMemory(long Pss, long Private)
{
    /// <summary>Reads <c>smaps_rollup</c>.</summary>
    /// <exception cref="IOException">The process is gone, or its memory is not this user's to read.</exception>
    internal static ProcessMemory Read(int id)
    {
        try
        {
            return Parse(File.ReadAllText($"/proc/{id.ToString(CultureInfo.InvariantCulture)}/smaps_rollup"));
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <summary>The content of <c>smaps_rollup</c>.</summary>
    internal static ProcessMemory Parse(string text) => new(
        KeyedSizes.Find(text, "Pss") ?? throw new IOException("smaps_rollup has no line Pss"),
        (KeyedSizes.Find(text, "Private_Clean") ?? 0) + (KeyedSizes.Find(text, "Private_Dirty") ?? 0));
}

/// <summary>What in a QEMU's memory is the guest's, and what is code that TCG translated for it, which KVM needs not.</summary>
/// <param name="GuestRam">PSS of the mapping that is the guest's memory, bytes.</param>
/// <param name="Translated">PSS of writable, executable memory of no file, bytes.</param>
internal sealed record MachineMemory(long GuestRam, long Translated)
{
    /// <summary>Reads <c>smaps</c>.</summary>
    /// <param name="id">The QEMU.</param>
    /// <param name="guestBytes">The guest's memory, by which its mapping is known.</param>
    /// <exception cref="IOException">The process is gone, or its memory is not this user's to read.</exception>
    internal static MachineMemory Read(int id, long guestBytes)
    {
        try
        {
            return Parse(File.ReadAllText($"/proc/{id.ToString(CultureInfo.InvariantCulture)}/smaps"), guestBytes);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <summary>The content of <c>smaps</c>.</summary>
    internal static MachineMemory Parse(string text, long guestBytes)
    {
        long guest = 0, translated = 0;
        bool isGuest = false, isCode = false;
        foreach (var line in text.Split('\n'))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length >= 5 && words[0].Split('-') is [var from, var to]
                && long.TryParse(from, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var begin)
                && long.TryParse(to, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var end))
            {
                var anonymous = words[4] == "0";
                isCode = anonymous && words.Length == 5 && words[1].StartsWith("rwx", StringComparison.Ordinal);
                isGuest = anonymous && words[1].StartsWith("rw-", StringComparison.Ordinal) && end - begin == guestBytes;
            }
            else if ((isCode || isGuest) && KeyedSizes.Find(line, "Pss") is { } pss)
            {
                (guest, translated) = isGuest ? (guest + pss, translated) : (guest, translated + pss);
            }
        }

        return new MachineMemory(guest, translated);
    }
}

/// <summary>Lines <c>Key: 12 kB</c>, as /proc has them.</summary>
internal static class KeyedSizes
{
    /// <summary>The size of a key, bytes; null where there is no such line.</summary>
    internal static long? Find(string text, string key)
    {
        foreach (var line in text.Split('\n'))
        {
            if (line.StartsWith(key + ":", StringComparison.Ordinal)
                && line[(key.Length + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var number, ..]
                && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var kibibytes))
            {
                return kibibytes << 10;
            }
        }

        return null;
    }
}
