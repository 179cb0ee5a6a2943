namespace Harness.Engines.Contract;

/// <summary>What an engine's errors mean, in one line.</summary>
internal static class EngineErrors
{
    // What the entry point's file is says the image: its architecture chose it. Nothing else that keeps a container from starting does: its
    // entry point is the harness's own static program, so a file that is missing is a mount's, a cgroup's or the runtime's.
    private const string ForeignProgram = "exec format error";

    private static readonly ImmutableArray<string> Unreachable =
    [
        "no such host", "dial tcp", "i/o timeout", "connection refused", "network is unreachable", "no route to host", "proxyconnect",
        "Client.Timeout", "TLS handshake", "server misbehaving", "context deadline exceeded", "x509:", "connection reset",
    ];

    // Go's errors for a connection that ended; as a word of a message it may be part of an image's name.
    private static readonly ImmutableArray<string> Ended = [": EOF", ": unexpected EOF"];

    /// <summary>The engine's own message where it sent one, else the innermost exception's; always one line.</summary>
    internal static string OneLine(Exception exception)
    {
        var innermost = exception;
        while (innermost is not EngineException && innermost.InnerException is { } inner)
            innermost = inner;
        return OneLine(innermost.Message);
    }

    /// <summary>A text without its line breaks.</summary>
    internal static string OneLine(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Whether a message says that this program cannot be executed there, rather than that something failed.</summary>
    internal static bool IsRefusal(string message) => message.Contains(ForeignProgram, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the engine does not know a capability: one that is younger than it, such as CAP_BPF for Docker 20.10.</summary>
    internal static bool IsUnknownCapability(Exception exception) => OneLine(exception).Contains("unknown capability", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a message says that a registry could not be reached at all.</summary>
    internal static bool IsUnreachable(string message) =>
        Unreachable.Any(phrase => message.Contains(phrase, StringComparison.OrdinalIgnoreCase)) || Ended.Any(end => message.EndsWith(end, StringComparison.Ordinal));
}
