using System.Runtime.Versioning;
using System.Text;

namespace Harness.Host.Processes;

/// <summary>What is mounted, as this process sees it.</summary>
internal static class MountTable
{
    /// <summary>The targets at or below a folder, innermost first.</summary>
    internal static ImmutableArray<string> Below(string folder) => Below(folder, File.ReadLines("/proc/self/mountinfo"));

    /// <summary>The same over given lines of mountinfo, whose fifth column is the target.</summary>
    internal static ImmutableArray<string> Below(string folder, IEnumerable<string> mountinfo) =>
        [.. mountinfo
            .Select(line => line.Split(' '))
            .Where(fields => fields.Length > 4)
            .Select(fields => Unescape(fields[4]))
            .Where(target => target == folder || target.StartsWith(folder + "/", StringComparison.Ordinal))
            .OrderByDescending(target => target.Length)];

    /// <summary>Takes off everything at or below a folder. Returns how many mounts that were.</summary>
    [SupportedOSPlatform("linux")]
    internal static int UnmountBelow(string folder)
    {
        var count = 0;
        // A target can be mounted more than once; each pass takes off the topmost.
        for (var pass = 0; pass < 8 && Below(folder) is { IsEmpty: false } targets; pass++)
        {
            foreach (var target in targets)
                count += Native.Unmount(target, Native.MountDetach) == 0 ? 1 : 0;
        }

        return count;
    }

    /// <summary>mountinfo writes space, tab, newline and backslash as three octal digits.</summary>
    private static string Unescape(string field)
    {
        if (!field.Contains('\\', StringComparison.Ordinal))
            return field;
        var text = new StringBuilder();
        for (var i = 0; i < field.Length; i++)
        {
            if (field[i] == '\\' && i + 3 < field.Length)
            {
                text.Append((char)Convert.ToInt32(field.Substring(i + 1, 3), 8));
                i += 3;
            }
            else
            {
                text.Append(field[i]);
            }
        }

        return text.ToString();
    }
}
