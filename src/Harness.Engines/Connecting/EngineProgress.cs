using Docker.DotNet.Models;

namespace Harness.Engines.Connecting;

/// <summary>
/// What an engine says while it works. It has answered 200 by then, so an error comes as a message and would
/// otherwise be lost. Unlike <see cref="Progress{T}"/>, nothing is handed to another thread: when the call
/// returns, the error is known.
/// </summary>
/// <param name="onMessage">Told of each message.</param>
internal sealed class EngineProgress(Action<JSONMessage>? onMessage = null) : IProgress<JSONMessage>
{
    /// <summary>The first error, or null.</summary>
    internal string? Error { get; private set; }

    /// <inheritdoc/>
    public void Report(JSONMessage value)
    {
        onMessage?.Invoke(value);
        Error ??= value.Error?.Message;
    }
}
