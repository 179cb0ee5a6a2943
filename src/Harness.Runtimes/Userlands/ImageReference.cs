namespace Harness.Runtimes.Userlands;

/// <summary>An image reference as users write it.</summary>
/// <param name="Registry">Host and port, or empty for the engine's default registry.</param>
/// <param name="Full">With <c>:latest</c> where it names neither tag nor digest: without one, an engine pulls every tag.</param>
internal sealed record ImageReference(string Registry, string Full)
{
    /// <summary>Takes a reference apart.</summary>
    internal static ImageReference Parse(string reference)
    {
        var slash = reference.IndexOf('/', StringComparison.Ordinal);
        var first = slash < 0 ? "" : reference[..slash];
        var registry = first == "localhost" || first.Contains('.', StringComparison.Ordinal) || first.Contains(':', StringComparison.Ordinal) ? first : "";
        var name = reference[(reference.LastIndexOf('/') + 1)..];
        var isComplete = name.Contains(':', StringComparison.Ordinal) || name.Contains('@', StringComparison.Ordinal);
        return new ImageReference(registry, isComplete ? reference : reference + ":latest");
    }
}
