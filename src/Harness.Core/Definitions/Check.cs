using System.Globalization;

namespace Harness.Core.Definitions;

/// <summary>Collects what is wrong with one file, so that a user fixes everything in one go.</summary>
internal sealed class Check(string path)
{
    private readonly List<string> _findings = [];

    /// <summary>Whether a text is the name of a value, whatever its case. Its number is none.</summary>
    public static bool IsName<T>(string? text, out T value)
        where T : struct, Enum
    {
        var name = Enum.GetNames<T>().FirstOrDefault(name => string.Equals(name, text, StringComparison.OrdinalIgnoreCase));
        value = name is null ? default : Enum.Parse<T>(name);
        return name is not null;
    }

    /// <summary>Keeps a finding where something does not hold.</summary>
    /// <param name="holds">Whether it does.</param>
    /// <param name="finding">What is wrong.</param>
    /// <param name="near">A word of the file whose first line is named; null where none can be.</param>
    public void That(bool holds, string finding, string? near = null)
    {
        if (!holds)
        {
            var line = near is null ? -1 : Array.FindIndex(File.ReadAllLines(path), line => line.Contains(near, StringComparison.Ordinal));
            _findings.Add($"{path}{(line < 0 ? "" : string.Create(CultureInfo.InvariantCulture, $":{line + 1}"))}: {finding}");
        }
    }

    /// <summary>A list that may be missing or empty, without entries that are.</summary>
    public ImmutableArray<string> Entries(List<string>? list, string key)
    {
        That(list?.All(entry => entry is not null) ?? true, $"{key}: has an entry without a text: write \"\" for an empty one");
        return [.. (list ?? []).Select(entry => entry ?? "")];
    }

    public string Text(string? text, string key)
    {
        That(!string.IsNullOrWhiteSpace(text), $"{key}: is missing");
        return text?.Trim() ?? "";
    }

    public ImmutableArray<string> List(List<string>? list, string key)
    {
        That(list is { Count: > 0 }, $"{key}: needs at least one entry");
        Unique(list ?? [], key);
        That(list?.All(entry => entry is not null && !entry.Contains('|', StringComparison.Ordinal)) ?? true, $"{key}: entries may not hold '|'");
        return [.. list ?? []];
    }

    public int AtLeast(int number, int least, string key)
    {
        That(number >= least, $"{key}: must be at least {least}");
        return number;
    }

    public TimeSpan Duration(string? text, string key)
    {
        try
        {
            return Quantity.Duration(text ?? "");
        }
        catch (FormatException e)
        {
            That(false, text is null ? $"{key}: is missing" : $"{key}: {e.Message}");
            return TimeSpan.FromSeconds(1);
        }
    }

    public long Bytes(string text, string key)
    {
        try
        {
            return Quantity.Bytes(text);
        }
        catch (FormatException e)
        {
            That(false, $"{key}: {e.Message}");
            return 1;
        }
    }

    public void Unique(IEnumerable<string> names, string key)
    {
        foreach (var twice in names.GroupBy(name => name, StringComparer.Ordinal).Where(group => group.Count() > 1))
        {
            That(false, $"{key}: '{twice.Key}' is listed twice");
        }
    }

    public void Done()
    {
        if (_findings.Count > 0)
        {
            throw new HarnessException(string.Join('\n', _findings));
        }
    }
}
