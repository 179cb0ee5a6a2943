namespace Harness.Host.Processes;

/// <summary>The fields of os-release(5).</summary>
internal static class OsRelease
{
    private static readonly ImmutableArray<string> Files = ["etc/os-release", "usr/lib/os-release"];

    /// <summary>Reads <c>/etc/os-release</c>, else <c>/usr/lib/os-release</c>, below a root; empty where there is none.</summary>
    internal static ImmutableDictionary<string, string> Read(string root)
    {
        var file = Files.Select(path => Path.Combine(root, path)).FirstOrDefault(File.Exists);
        return file is null ? ImmutableDictionary<string, string>.Empty : Parse(File.ReadAllText(file));
    }

    /// <summary><c>NAME=value</c> lines, quoted as a shell would.</summary>
    internal static ImmutableDictionary<string, string> Parse(string text) =>
        text.Split('\n')
            .Select(line => line.Trim())
            .Where(line => !line.StartsWith('#'))
            .Select(line => line.Split('=', 2))
            .Where(parts => parts.Length == 2)
            .GroupBy(parts => parts[0], StringComparer.Ordinal)
            .ToImmutableDictionary(group => group.Key, group => Unquote(group.Last()[1]), StringComparer.Ordinal);

    private static string Unquote(string value)
    {
        if (value is not ['"' or '\'', .., _] || value[^1] != value[0])
            return value;
        var inner = value[1..^1];
        return value[0] == '\'' ? inner : inner.Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal);
    }
}
