using System.Text.RegularExpressions;

namespace Harness.Host.Facts;

/// <summary>Takes secrets out of what is shown, logged and published with a run.</summary>
public static partial class Redaction
{
    /// <summary>Words <c>key=value</c> whose key speaks of a secret keep the key only.</summary>
    internal static string Apply(string cmdline) => Secret().Replace(cmdline, "$1=<redacted>");

    /// <summary>Takes the logins out of all addresses in a text: <c>http://user:password@host</c> becomes <c>http://&lt;redacted&gt;@host</c>.</summary>
    public static string Address(string text) =>
        text.Contains("://", StringComparison.Ordinal) ? Login().Replace(text, "$1<redacted>@") : text;

    [GeneratedRegex("(?<![^\\s])([^\\s=]*(?:passw|secret|token|auth|credential|key)[^\\s=]*)=(?:\"[^\"]*\"|\\S+)", RegexOptions.IgnoreCase)]
    private static partial Regex Secret();

    // A password may hold an '@': all up to the last one before the path belongs to the login.
    [GeneratedRegex("([A-Za-z][A-Za-z0-9+.-]*://)[^\\s/?#'\"]+@")]
    private static partial Regex Login();
}
