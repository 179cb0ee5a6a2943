namespace Harness.Engines.Contract;

/// <summary>One of the words that an engine says while it moves an image.</summary>
/// <param name="Layer">The layer it is about; null where it is about none.</param>
/// <param name="Status">What becomes of it, as <c>Downloading</c>; null for an error.</param>
/// <param name="Current">Bytes done; null where it does not tell.</param>
/// <param name="Total">Bytes in all; null where it does not tell.</param>
/// <param name="Error">Why it failed; null where it did not.</param>
internal sealed record EngineWord(string? Layer, string? Status, long? Current = null, long? Total = null, string? Error = null);

/// <summary>
/// What an engine says while it works. It has answered 200 by then, so an error comes as a word and would
/// otherwise be lost. Unlike <see cref="Progress{T}"/>, nothing is handed to another thread: when the call
/// returns, the error is known.
/// </summary>
/// <param name="onWord">Told of each word.</param>
internal sealed class EngineProgress(Action<EngineWord>? onWord = null) : IProgress<EngineWord>
{
    /// <summary>The first error, or null.</summary>
    internal string? Error { get; private set; }

    /// <inheritdoc/>
    public void Report(EngineWord value)
    {
        onWord?.Invoke(value);
        Error ??= value.Error;
    }
}
