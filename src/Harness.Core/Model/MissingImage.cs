using System.Text.RegularExpressions;

namespace Harness.Core.Model;

/// <summary>
/// How a row says that a userland has no image, so that a report tells "no registry that has it can be reached from here" from what failed.
/// </summary>
/// <param name="Userland">Its id.</param>
/// <param name="Registries">Registries that cannot be reached, each with what was answered.</param>
public sealed partial record MissingImage(string Userland, ImmutableArray<(string Host, string Why)> Registries)
{
    /// <summary>The sentence on a userland.</summary>
    public static string Of(string userland) => $"no image of {userland}";

    /// <summary>The sentence on a registry.</summary>
    public static string Unreachable(string host, string why) => $"the registry {host} cannot be reached ({why})";

    /// <summary>Reads a row's detail back. Null where anything else than unreachable registries is the reason.</summary>
    public static MissingImage? Parse(string detail)
    {
        var match = Pattern().Match(detail);
        return !match.Success ? null : new MissingImage(
            match.Groups["userland"].Value,
            [.. match.Groups["host"].Captures.Zip(match.Groups["why"].Captures, (host, why) => (host.Value, why.Value))]);
    }

    [GeneratedRegex(@"^no image of (?<userland>[^;\s]+)(; the registry (?<host>\S+) cannot be reached \((?<why>[^;]*)\))+$")]
    private static partial Regex Pattern();
}
