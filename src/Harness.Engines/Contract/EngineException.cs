using System.Net;

namespace Harness.Engines.Contract;

/// <summary>An engine refused what it was asked, or went away. The message is one line: the engine's own sentence where it said one.</summary>
public sealed class EngineException : Exception
{
    /// <summary>For serializers.</summary>
    public EngineException()
    {
    }

    /// <summary>An error that came as a word, after the engine had answered with success.</summary>
    public EngineException(string message)
        : base(message)
    {
    }

    /// <summary>The engine went away, or answered what is not an answer.</summary>
    public EngineException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>The engine refused.</summary>
    public EngineException(string message, HttpStatusCode status, Exception? inner = null)
        : base(message, inner) => Status = status;

    /// <summary>The status it answered with; null where it did not answer.</summary>
    public HttpStatusCode? Status { get; }

    /// <summary>Whether what was asked for is not there.</summary>
    public bool IsNotFound => Status == HttpStatusCode.NotFound;
}
