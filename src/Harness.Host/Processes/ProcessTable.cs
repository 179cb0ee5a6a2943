using System.Globalization;
using System.Runtime.Versioning;
using System.Text;

namespace Harness.Host.Processes;

/// <summary>A process as /proc shows it. Start time and id together name one process for good; the id alone is reused.</summary>
/// <param name="Id">Process id.</param>
/// <param name="Parent">The parent's id.</param>
/// <param name="StartTime">Clock ticks after boot.</param>
internal sealed record ProcessEntry(int Id, int Parent, long StartTime);

/// <summary>Reads /proc and ends processes.</summary>
internal static class ProcessTable
{
    /// <summary>One process, or null where it is gone or only waits to be reaped.</summary>
    internal static ProcessEntry? Find(int id)
    {
        try
        {
            return ParseStat(File.ReadAllText($"/proc/{id}/stat"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The content of <c>/proc/N/stat</c>. The command in parentheses may hold spaces and parentheses itself; a zombie is no process any more.</summary>
    internal static ProcessEntry? ParseStat(string stat)
    {
        var open = stat.IndexOf(' ', StringComparison.Ordinal);
        var close = stat.LastIndexOf(')');
        if (open < 0 || close < 0)
            return null;
        var fields = stat[(close + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length < 20 || fields[0] is "Z" or "X"
            ? null
            : new ProcessEntry(Number(stat[..open]), Number(fields[1]), long.Parse(fields[19], CultureInfo.InvariantCulture));
    }

    /// <summary>All processes.</summary>
    internal static ImmutableArray<ProcessEntry> All() =>
        [.. Directory.EnumerateDirectories("/proc")
            .Select(folder => Path.GetFileName(folder))
            .Where(name => name.All(char.IsAsciiDigit))
            .Select(name => Find(Number(name)))
            .OfType<ProcessEntry>()];

    /// <summary>The arguments of a process; empty where it is gone or has none.</summary>
    internal static ImmutableArray<string> Arguments(int id)
    {
        try
        {
            return [.. Encoding.UTF8.GetString(File.ReadAllBytes($"/proc/{id}/cmdline")).Split('\0', StringSplitOptions.RemoveEmptyEntries)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Whether exactly this process still runs.</summary>
    internal static bool IsAlive(ProcessEntry process) => Find(process.Id)?.StartTime == process.StartTime;

    /// <summary>Sends a signal unless the process is gone.</summary>
    [SupportedOSPlatform("linux")]
    internal static void Signal(ProcessEntry process, int signal)
    {
        // One or less would address the whole machine or init.
        if (process.Id > 1 && IsAlive(process))
            _ = Native.Kill(process.Id, signal);
    }

    /// <summary>
    /// Ends a process with all its descendants. It is stopped first, so that it neither starts more nor ends
    /// before its children are found; its orphans come back to it where it is a subreaper, as the agent is.
    /// </summary>
    [SupportedOSPlatform("linux")]
    internal static void KillTree(ProcessEntry root)
    {
        Signal(root, Native.SigStop);
        for (var round = 0; round < 20; round++)
        {
            var descendants = Descendants(root);
            if (descendants.IsEmpty)
                break;
            foreach (var process in descendants)
                Signal(process, Native.SigKill);
            // The kernel takes a moment to end them. Not awaited: this is also called where nothing can be, as when a token is cancelled.
            Thread.Sleep(1);
        }

        Signal(root, Native.SigKill);
    }

    /// <summary>Waits until all have ended. False: some were still there at the end of the given time.</summary>
    internal static async Task<bool> WaitGoneAsync(IReadOnlyCollection<ProcessEntry> processes, TimeSpan patience, CancellationToken cancellation)
    {
        var until = TimeProvider.System.GetTimestamp();
        while (processes.Any(IsAlive))
        {
            if (TimeProvider.System.GetElapsedTime(until) > patience)
                return false;
            await Task.Delay(25, cancellation);
        }

        return true;
    }

    private static ImmutableArray<ProcessEntry> Descendants(ProcessEntry root)
    {
        if (!IsAlive(root))
            return [];
        var children = All().ToLookup(process => process.Parent);
        var found = ImmutableArray.CreateBuilder<ProcessEntry>();
        var next = new Queue<ProcessEntry>(children[root.Id]);
        while (next.TryDequeue(out var process))
        {
            found.Add(process);
            foreach (var child in children[process.Id])
                next.Enqueue(child);
        }

        return found.ToImmutable();
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
