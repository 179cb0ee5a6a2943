namespace Harness.Images.Packages;

/// <summary>One archive that apt is told of: an address, a suite and components.</summary>
internal sealed record AptSource(string Uri, string Suite, ImmutableArray<string> Components);

/// <summary>Reads apt's sources in both of their formats.</summary>
internal static class AptSources
{
    /// <summary>The machine's own; empty where apt is not used.</summary>
    /// <param name="folder">Usually <c>/etc/apt</c>.</param>
    internal static ImmutableArray<AptSource> Read(string folder)
    {
        var parts = Path.Combine(folder, "sources.list.d");
        var more = Directory.Exists(parts) ? Directory.GetFiles(parts) : [];
        return [.. more.Order(StringComparer.Ordinal).Prepend(Path.Combine(folder, "sources.list")).Where(File.Exists).SelectMany(file => Path.GetExtension(file) switch
        {
            ".list" => OneLine(File.ReadAllText(file)),
            ".sources" => Deb822(File.ReadAllText(file)),
            _ => [],
        })];
    }

    /// <summary><c>deb [options] URI SUITE COMPONENT…</c>, one a line.</summary>
    internal static ImmutableArray<AptSource> OneLine(string text)
    {
        var sources = ImmutableArray.CreateBuilder<AptSource>();
        foreach (var line in text.Split('\n'))
        {
            var words = Words(line.Split('#')[0]);
            if (words is not ["deb", .. var rest])
                continue;
            if (rest is [['[', ..], ..])
            {
                var end = rest.ToList().FindIndex(word => word.EndsWith(']'));
                rest = end < 0 ? [] : rest[(end + 1)..];
            }

            if (rest is [var uri, var suite, .. var components])
                sources.Add(new AptSource(uri, suite, [.. components]));
        }

        return sources.ToImmutable();
    }

    /// <summary>Stanzas of fields; a field goes on in lines that begin with a space; a disabled stanza does not count.</summary>
    internal static ImmutableArray<AptSource> Deb822(string text)
    {
        var sources = ImmutableArray.CreateBuilder<AptSource>();
        foreach (var fields in Stanzas(text))
        {
            if (!Field(fields, "types").Contains("deb") || Field(fields, "enabled") is ["no" or "false" or "0"])
                continue;
            var components = Field(fields, "components").ToImmutableArray();
            sources.AddRange(
                from uri in Field(fields, "uris")
                from suite in Field(fields, "suites")
                select new AptSource(uri, suite, components));
        }

        return sources.ToImmutable();
    }

    private static IEnumerable<Dictionary<string, string>> Stanzas(string text)
    {
        var fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var current = "";
        foreach (var line in text.Split('\n').Where(line => !line.StartsWith('#')).Append(""))
        {
            if (string.IsNullOrWhiteSpace(line))
            {
                if (fields.Count > 0)
                    yield return fields;
                fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
                current = "";
            }
            else if (line[0] is ' ' or '\t')
            {
                if (current.Length > 0)
                    fields[current] += " " + line;
            }
            else if (line.Split(':', 2) is [var name, var value])
            {
                current = name.Trim();
                fields[current] = value;
            }
        }
    }

    private static string[] Field(Dictionary<string, string> fields, string name) => Words(fields.GetValueOrDefault(name, ""));

    private static string[] Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
