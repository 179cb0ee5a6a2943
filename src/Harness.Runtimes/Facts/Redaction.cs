using System.Text.RegularExpressions;

namespace Harness.Runtimes.Facts;

/// <summary>Takes secrets out of what is published with a run.</summary>
internal static partial class Redaction
{
    /// <summary>Words <c>key=value</c> whose key speaks of a secret keep the key only.</summary>
    internal static string Apply(string cmdline) => Secret().Replace(cmdline, "$1=<redacted>");

    [GeneratedRegex("(?<![^\\s])([^\\s=]*(?:passw|secret|token|auth|credential|key)[^\\s=]*)=(?:\"[^\"]*\"|\\S+)", RegexOptions.IgnoreCase)]
    private static partial Regex Secret();
}
