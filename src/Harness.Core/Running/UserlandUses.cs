namespace Harness.Core.Running;

/// <summary>Counts the sandboxes that still need each userland.</summary>
internal sealed class UserlandUses
{
    private readonly Dictionary<string, int> _left = new(StringComparer.Ordinal);

    /// <summary>Counts those of a plan.</summary>
    internal void Begin(IEnumerable<string> userlands)
    {
        foreach (var userland in userlands)
        {
            _left[userland] = _left.GetValueOrDefault(userland) + 1;
        }
    }

    /// <summary>One is done. True: it was the last of its userland.</summary>
    internal bool End(string userland)
    {
        lock (_left)
        {
            return --_left[userland] == 0;
        }
    }
}
