using System.Globalization;
using System.Net.Http.Headers;

namespace Harness.Images.Userlands;

/// <summary>What a registry says of its limits when a manifest's headers are asked for, which no registry counts as a pull.</summary>
/// <param name="Limit">Pulls within the window; null where it names none.</param>
/// <param name="Remaining">How many of them are left.</param>
/// <param name="Window">How long the window is.</param>
/// <param name="Source">Whom it counts: an address, or an account.</param>
/// <param name="RetryAfter">How long it asks to wait; null where it does not.</param>
internal sealed record RegistryAllowance(int? Limit, int? Remaining, TimeSpan? Window, string? Source, TimeSpan? RetryAfter)
{
    /// <summary>Reads an answer's headers, as Docker Hub spells them: <c>ratelimit-remaining: 76;w=21600</c>.</summary>
    internal static RegistryAllowance Read(HttpResponseHeaders headers, DateTimeOffset now)
    {
        var limit = Value(headers, "ratelimit-limit");
        var remaining = Value(headers, "ratelimit-remaining");
        TimeSpan? asked = headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - now,
            _ => null,
        };
        return new RegistryAllowance(limit.Number, remaining.Number, remaining.Window ?? limit.Window, First(headers, "docker-ratelimit-source"), asked);
    }

    /// <summary>The sentence for people; null where the registry names no limit.</summary>
    /// <param name="host">The registry.</param>
    /// <param name="needed">Images to pull there; 0 where nothing is pulled.</param>
    /// <param name="isLoggedIn">Whether it was asked with a login.</param>
    internal string? Describe(string host, int needed, bool isLoggedIn)
    {
        if (Remaining is not { } left)
            return null;
        var window = Window is { } length ? string.Create(CultureInfo.InvariantCulture, $" in {Spell(length)}") : "";
        var who = $"{(Source is null ? "" : $"counted for {Source}, ")}{(isLoggedIn ? "logged in" : "not logged in")}";
        var text = string.Create(CultureInfo.InvariantCulture, $"{host} allows {(Limit is { } limit ? $"{limit}" : "some")} pulls{window}, {left} of them left ({who})");
        return left >= needed ? text : string.Create(
            CultureInfo.InvariantCulture,
            $"{text}: {needed - left} of {needed} images will have to wait{(isLoggedIn ? "" : "; log in with 'docker login' for more")}; --resume goes on with them later");
    }

    private static string Spell(TimeSpan length) => length.TotalHours >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{length.TotalHours:0.#} h")
        : string.Create(CultureInfo.InvariantCulture, $"{length.TotalMinutes:0.#} min");

    private static (int? Number, TimeSpan? Window) Value(HttpResponseHeaders headers, string name)
    {
        var parts = (First(headers, name) ?? "").Split(';', StringSplitOptions.TrimEntries);
        int? number = int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : null;
        var window = parts.FirstOrDefault(part => part.StartsWith("w=", StringComparison.Ordinal));
        return (number, int.TryParse(window?[2..], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? TimeSpan.FromSeconds(seconds) : null);
    }

    private static string? First(HttpResponseHeaders headers, string name) => headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;
}
