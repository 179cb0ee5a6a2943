using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace Harness.Reporting.Redacting;

/// <summary>
/// Lets the words of a text through that are public, numbers, versions, and paths that every system has; what is not known to be public is replaced. The rest of the
/// text stays as it is: spaces, brackets, separators.
/// </summary>
internal sealed partial class TextRedactor(PublicWords words, Removals removals)
{
    /// <summary>What belongs to the sentence and not to the word at its edge.</summary>
    internal static readonly char[] Edges = ['.', ':', '!', '?', '…', '-', '–', '*', '·', '/', '\\', '+', '%', '#', '~', '^', '&', '@', '$', '_', '—', '×', '→', '≈'];

    private static readonly ImmutableHashSet<string> _systemFolders =
        ["bin", "sbin", "usr", "lib", "lib32", "lib64", "libx32", "etc", "proc", "sys", "dev", "boot", "var", "run", "tmp", ".harness"];

    // How a name that ends in them is a file's, and no host's.
    private static readonly ImmutableHashSet<string> _extensions =
    [
        "csv", "json", "md", "sql", "yaml", "yml", "so", "sh", "conf", "cfg", "log", "txt", "deb", "rpm", "apk", "tar", "gz", "xz", "zst", "img", "ext4", "iso", "sock", "socket",
        "service", "html", "svg", "png", "key", "frames", "py", "cs", "dll", "pid", "d", "list", "cpio", "ko", "raw", "bin", "lock", "part",
    ];

    // The repository of images that the harness makes.
    internal const string Made = "harness/";

    private readonly Dictionary<string, bool> _known = new(StringComparer.Ordinal);
    private readonly HashSet<string> _digests = new(StringComparer.Ordinal);

    /// <summary>Where removals are noted.</summary>
    internal Removals Removals => removals;

    /// <summary>The words.</summary>
    internal PublicWords Public => words;

    /// <summary>A digest that may be named: <c>sha256:…</c> of an image that everybody can have.</summary>
    internal void Allow(string digest) => _digests.Add(digest);

    /// <summary>The text with what is not public replaced.</summary>
    internal string Redact(string text) => Words().Replace(text, match => match.Groups["word"].Success ? Word(match.Value) : match.Value);

    /// <summary>The whole text where all of it is public, else one mark.</summary>
    internal string RedactWhole(string text, string what = "name") => IsPublicText(text) ? text : removals.Mark(what, text);

    /// <summary>Whether a text has nothing that would be replaced.</summary>
    internal bool IsPublicText(string text) => WordsOf(text).All(IsPublic);

    /// <summary>The words of a text.</summary>
    internal static IEnumerable<string> WordsOf(string text) => Words().Matches(text).Where(match => match.Groups["word"].Success).Select(match => match.Value);

    private string Word(string word)
    {
        if (IsPublic(word))
        {
            return word;
        }

        var core = word.TrimEnd('.', ':', '!', '?', '…');
        var tail = word[core.Length..];
        var version = Version().Match(core);
        if (version.Success && !IsAddress(core) && !IsAddress(version.Value) && version.Value.Contains('.', StringComparison.Ordinal) && !core.Contains('/', StringComparison.Ordinal) && version.Length < core.Length && core[version.Length] is '-' or '+' or '~' or '.')
        {
            // '6.1.0-ours': the number is the kernel's, the rest is its builder's.
            return $"{version.Value}-{removals.Mark("version", core)}{tail}";
        }

        return removals.Mark(Kind(core), core) + tail;
    }

    private static string Kind(string word) =>
        word.StartsWith('/') || word.StartsWith('~') || word.Contains('\\', StringComparison.Ordinal) ? "path"
        : word.Contains("://", StringComparison.Ordinal) || IsAddress(word) || IsHostLike(word.Split('/', ':')[0]) || word.Contains('@', StringComparison.Ordinal) ? "host"
        : "word";

    private bool IsPublic(string word)
    {
        if (!_known.TryGetValue(word, out var known))
        {
            _known.Add(word, known = Judge(word));
        }

        return known;
    }

    private bool Judge(string word)
    {
        var core = word.Trim(Edges);
        if (core.Length > 1 && words.IsOwn(core))
        {
            return false;
        }

        if (word.StartsWith('/') && word.Length > 1 && core.Length > 0)
        {
            return Removals.IsMark(word.TrimEnd(':', '.')) || IsSystemPath(word.TrimEnd(':', '.', '!', '?'));
        }

        if (core.Length <= 1 || Number().IsMatch(core) || Time().IsMatch(core) || Removals.IsMark(core))
        {
            return !IsAddress(core);
        }

        return word.StartsWith('~') || word.Contains('@', StringComparison.Ordinal) ? words.Contains(word)
            : IsAddress(core) ? IsEverybodysAddress(core)
            : core.StartsWith("sha256:", StringComparison.Ordinal) ? _digests.Contains(core)
            : core.Contains("://", StringComparison.Ordinal) ? IsPublicAddress(core)
            : core.StartsWith(Made, StringComparison.Ordinal) ? Judge(core[Made.Length..])
            : IsHostLike(core.Split('/', ':')[0]) && !IsVersionLike(core) ? IsPublicReference(core)
            : words.Contains(core) || IsPublicVersion(core) || IsPair(core);
    }

    // '6.1.0-49-cloud-amd64', '2.36-9+deb12u13'. What begins with a digit may as well be an address, a container's id or a serial number: numbers and words
    // stand apart, but for the forms that distributions write.
    private bool IsPublicVersion(string core) =>
        Version().Match(core) is { Success: true } number && (!IsAddress(number.Value.TrimStart('v')) || OfWsl().IsMatch(core)) && !IsAddress(core)
        && core.Count(c => c == ':') < 2 && !Hexadecimal().IsMatch(core) && core.All(c => !char.IsLetterOrDigit(c) || char.IsAsciiLetterOrDigit(c))
        && Apart().Split(core).All(part => part.Length == 0 || (!words.IsOwn(part) && Part().Match(part) is { Success: true } match && match.Groups["word"] is var said && (said.Length <= 1 || words.Contains(said.Value))));

    // 'errno:2', 'exit:1', 'docker/runc': of two words both are public. A path or a reference of more is none.
    private bool IsPair(string core) =>
        core.Split(':', '/') is [var first, var second] && IsPlain(first) && (IsPlain(second) || Number().IsMatch(second));

    private bool IsPlain(string word) => word.All(char.IsAsciiLetterOrDigit) && words.Contains(word);

    private bool IsSystemPath(string path)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return _systemFolders.Contains(parts[0]) && parts.All(part => part.Length == 1 || words.Contains(part) || Number().IsMatch(part) || IsPublicVersion(part) || (part == ".harness"));
    }

    // Letter by letter, as it stands there: a parser would drop parts of it, as 'a/..'.
    private bool IsPublicAddress(string address) =>
        address.Split("://") is [var scheme, var rest] && IsPlain(scheme) && !address.Any(c => c is '?' or '#' or '%' or '\\') && IsPublicReference(rest);

    private bool IsPublicReference(string reference) =>
        Place().Match(reference) is { Success: true } place && words.ContainsHost(place.Groups["host"].Value) && IsPublicPath(place.Groups["path"].Value);

    // A registry on loopback may be the end of a tunnel.
    private bool IsEverybodysAddress(string word) =>
        word is "::1" || (Place().Match(word) is { Success: true } place && place.Groups["host"].Value is "127.0.0.1" or "0.0.0.0" && IsPublicPath(place.Groups["path"].Value));

    private bool IsPublicPath(string path) => path.Split('/', ':', '@').Where(part => part.Length > 0).All(part => words.Contains(part) || Number().IsMatch(part) || IsPublicVersion(part) || _digests.Contains("sha256:" + part) || part == "sha256");

    private static bool IsAddress(string word) =>
        (Four().Match(word) is { Success: true } four && four.Groups[1].Value.Split('.').All(part => int.Parse(part, CultureInfo.InvariantCulture) <= 255))
        || (word.Count(c => c == ':') >= 2 && IPAddress.TryParse(word.Split('%', '/')[0].Trim('[', ']'), out _))
        || Hardware().IsMatch(word);

    // '6.1.102-1.amzn2023.x86_64', '10.2.1.amd64': a host's last part has letters alone, and is no architecture.
    private static bool IsVersionLike(string core) => char.IsAsciiDigit(core[0]) && core[(core.LastIndexOf('.') + 1)..] is var last && (!last.All(char.IsAsciiLetter) || last is "noarch" or "generic");

    private static bool IsHostLike(string word) =>
        Host().IsMatch(word) && !_extensions.Contains(word[(word.LastIndexOf('.') + 1)..].ToLowerInvariant());

    /// <summary>What stands between spaces, quotes, brackets and separators; escapes of line feeds and bytes separate too.</summary>
    [GeneratedRegex("\\\\(?:[ntr]|x[0-9a-f]{2})|(?<word>(?:(?!\\\\(?:[ntr]|x[0-9a-f]{2}))[^\\s\"'`‘’“”()\\[\\]{}<>,;=|])+)")]
    private static partial Regex Words();

    [GeneratedRegex("^[+-]?(?:[0-9]{1,3}(?:[,_][0-9]{3})+|[0-9]{1,19})(?:\\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?(?:%|[kKMGT]i?B?|B|ns|us|µs|ms|s|m|h|d|x|×|st|nd|rd|th|GHz|MHz)?$|^0x[0-9a-fA-F]{1,16}$|^0{4}[0-9a-f]{12}$|^(?:ip|cs|ss|sp|ax|bx|cx|dx|si|di|bp|error|code):[0-9a-f]{1,16}$")]
    private static partial Regex Number();

    [GeneratedRegex("^[0-9]{4}-[0-9]{2}(-[0-9]{2}(T[0-9:.]+(?:Z|[+-][0-9]{2}:[0-9]{2})?)?)?$|^[0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]+)?)?$")]
    private static partial Regex Time();

    [GeneratedRegex("^v?[0-9]+(?:\\.[0-9]+)*")]
    private static partial Regex Version();

    [GeneratedRegex("[^A-Za-z0-9]")]
    private static partial Regex Apart();

    // '12', '1f', 'deb12u13', '0ubuntu1', 'amd64'.
    [GeneratedRegex("^(?:v?[0-9]{1,19}[a-z]?|(?<word>[A-Za-z]+)(?:[0-9]{1,8}(?:u[0-9]{1,3})?)?|[0-9]{1,4}(?:ubuntu|build|rc|beta|alpha)[0-9]{1,4})\\z")]
    private static partial Regex Part();

    // Its kernels have four numbers.
    [GeneratedRegex("^[0-9.]+-microsoft-standard(?:-WSL2)?\\z")]
    private static partial Regex OfWsl();

    /// <summary>An id or a hash: eight hex digits and more in a row, with a letter and a digit.</summary>
    [GeneratedRegex("(?<![0-9A-Za-z])(?:0x)?(?=[0-9]*[A-Fa-f])(?=[A-Fa-f]*[0-9])[0-9A-Fa-f]{8,}[uUlL]*(?![0-9A-Za-z])")]
    internal static partial Regex Hexadecimal();

    [GeneratedRegex("^(?<host>[^/:]+)(?::[0-9]{1,5})?(?<path>/.*)?\\z")]
    private static partial Regex Place();

    [GeneratedRegex("^([0-9]{1,3}(?:\\.[0-9]{1,3}){3})(?:[:/].*)?\\z")]
    private static partial Regex Four();

    [GeneratedRegex("^[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}\\z")]
    private static partial Regex Hardware();

    [GeneratedRegex("^[A-Za-z0-9_-]+(?:\\.[A-Za-z0-9_-]+)*\\.[A-Za-z][A-Za-z0-9-]+$")]
    private static partial Regex Host();
}
