using System.Globalization;

namespace Harness.Host.Guarding;

/// <summary>What the harness tells its guard, one line each on the guard's standard input.</summary>
public abstract record GuardLine
{
    private GuardLine()
    {
    }

    /// <summary>Containers with this label (<c>name=value</c>) in this engine are the run's.</summary>
    /// <param name="Engine">Its address.</param>
    /// <param name="Label">The label.</param>
    /// <param name="Certificates">The folder of the certificates with which it is spoken to over TLS; empty where it is not.</param>
    public sealed record Containers(string Engine, string Label, string Certificates = "") : GuardLine;

    /// <summary>The run uses the private daemon under this folder.</summary>
    public sealed record PrivateEngine(string Root) : GuardLine;

    /// <summary>A process of the run, with its start time in clock ticks: an id alone may be another's by the time it matters.</summary>
    public sealed record Watch(int Pid, long StartTime) : GuardLine;

    /// <summary>That process has ended.</summary>
    public sealed record Forget(int Pid) : GuardLine;

    /// <summary>A file or folder that must not outlive the run.</summary>
    public sealed record Remove(string Path) : GuardLine;

    /// <summary>That file or folder is gone, or may stay.</summary>
    public sealed record Keep(string Path) : GuardLine;

    /// <summary>The run has cleaned up after itself.</summary>
    public sealed record Done : GuardLine;

    /// <summary>The line without its end: words separated by one TAB, which neither addresses nor labels nor our paths hold.</summary>
    public string Format() => this switch
    {
        Containers { Certificates: "" } line => Join("containers", line.Engine, line.Label),
        Containers line => Join("containers", line.Engine, line.Label, line.Certificates),
        PrivateEngine line => Join("private-engine", line.Root),
        Watch line => Join("pid", Invariant(line.Pid), Invariant(line.StartTime)),
        Forget line => Join("forget-pid", Invariant(line.Pid)),
        Remove line => Join("remove", line.Path),
        Keep line => Join("keep", line.Path),
        Done => "done",
        _ => throw new InvalidOperationException("unknown line"),
    };

    /// <summary>The inverse of <see cref="Format"/>; null for a line that was cut off or is not understood: a guard goes on with what it knows.</summary>
    public static GuardLine? Parse(string line) => line.Split('\t') switch
    {
        ["containers", var engine, var label] when label.Contains('=', StringComparison.Ordinal) => new Containers(engine, label),
        ["containers", var engine, var label, var certificates] when label.Contains('=', StringComparison.Ordinal) && IsWhole(certificates) => new Containers(engine, label, certificates),
        ["private-engine", ['/', ..] root] => new PrivateEngine(root),
        ["pid", var pid, var start] when int.TryParse(pid, CultureInfo.InvariantCulture, out var id) && id > 1
            && long.TryParse(start, CultureInfo.InvariantCulture, out var time) => new Watch(id, time),
        ["forget-pid", var pid] when int.TryParse(pid, CultureInfo.InvariantCulture, out var id) => new Forget(id),
        ["remove", var path] when IsRemovable(path) => new Remove(path),
        ["keep", var path] => new Keep(path),
        ["done"] => new Done(),
        _ => null,
    };

    /// <summary>A path torn after its first characters must never be taken for a whole one that matters: at least three names deep.</summary>
    private static bool IsRemovable(string path) =>
        Path.IsPathFullyQualified(path) && path.Split(['/', '\\'], StringSplitOptions.RemoveEmptyEntries) is { Length: >= 3 } names && !names.Contains("..");

    // As this system writes it, or as Windows does: C:\NAME, \\SERVER\NAME.
    private static bool IsWhole(string folder) => Path.IsPathFullyQualified(folder) || folder is ['\\', '\\', ..] || (folder is [var drive, ':', '\\' or '/', ..] && char.IsAsciiLetter(drive));

    private static string Join(params ReadOnlySpan<string> words)
    {
        foreach (var word in words)
        {
            if (word.AsSpan().IndexOfAny('\t', '\n') >= 0)
                throw new ArgumentException("a word of the guard's protocol holds neither TAB nor newline", nameof(words));
        }

        return string.Join('\t', words);
    }

    private static string Invariant(long number) => number.ToString(CultureInfo.InvariantCulture);
}
