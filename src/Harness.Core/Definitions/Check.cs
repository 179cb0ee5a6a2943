namespace Harness.Core.Definitions;

/// <summary>Collects what is wrong with one file, so that a user mends everything in one go.</summary>
internal sealed class Check(string path)
{
    private readonly List<string> _findings = [];

    public void That(bool holds, string finding)
    {
        if (!holds)
        {
            _findings.Add(finding);
        }
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
            That(false, $"{key}: '{twice.Key}' stands there twice");
        }
    }

    public void Done()
    {
        if (_findings.Count > 0)
        {
            throw new HarnessException(string.Join('\n', _findings.Select(finding => $"{path}: {finding}")));
        }
    }
}
