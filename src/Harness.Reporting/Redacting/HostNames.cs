using System.Text.RegularExpressions;
using Harness.Analysis;
using Harness.Analysis.Checking;
using Harness.Core.Journaling;

namespace Harness.Reporting.Redacting;

/// <summary>The ids of a run's hosts, as they may be told: hex digits of a hash.</summary>
internal sealed partial class HostNames
{
    private readonly RunFolder _folder;
    private readonly Func<string, string> _pseudonym;
    private readonly HashSet<string> _guessable;

    /// <summary>Of a run.</summary>
    /// <param name="folder">The run.</param>
    /// <param name="pseudonym">64 hex digits in the place of a text.</param>
    internal HostNames(RunFolder folder, Func<string, string> pseudonym)
    {
        (_folder, _pseudonym) = (folder, pseudonym);
        // In a run that was exported before they stand for others already.
        _guessable = RedactionList.IsRedacted(folder) ? [] : [.. EnvironmentFiles.Read(folder).Where(host => host.MayBeNamed).Select(host => host.HostId)];
    }

    /// <summary>A host's id; empty for none.</summary>
    internal string Told(string id) => id.Length == 0 || (HostId().IsMatch(id) && !IsGuessable(id)) ? id : _pseudonym(id)[..12];

    /// <summary>Whether an id may be a hash of the host's name.</summary>
    internal bool IsGuessable(string id) => _guessable.Contains(id);

    /// <summary>Of all its hosts.</summary>
    internal IEnumerable<string> All() => Directory.EnumerateFiles(_folder.Environments, "*.json").Select(file => Told(Path.GetFileNameWithoutExtension(file)));

    [GeneratedRegex("^[0-9a-f]{12}\\z")]
    private static partial Regex HostId();
}
