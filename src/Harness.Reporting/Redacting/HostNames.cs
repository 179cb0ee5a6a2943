using System.Text.RegularExpressions;
using Harness.Core.Journaling;

namespace Harness.Reporting.Redacting;

/// <summary>The ids of a run's hosts, as they may be told: hex digits of a hash.</summary>
internal sealed partial class HostNames(Func<string, string> pseudonym)
{
    /// <summary>A host's id; empty for none.</summary>
    internal string Told(string id) => id.Length == 0 || HostId().IsMatch(id) ? id : pseudonym(id)[..12];

    /// <summary>Of all hosts of a run.</summary>
    internal IEnumerable<string> Of(RunFolder folder) => Directory.EnumerateFiles(folder.Environments, "*.json").Select(file => Told(Path.GetFileNameWithoutExtension(file)));

    [GeneratedRegex("^[0-9a-f]{12}\\z")]
    private static partial Regex HostId();
}
