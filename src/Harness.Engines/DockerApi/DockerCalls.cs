using System.Net.Sockets;
using System.Text.Json;
using Docker.DotNet;
using Harness.Engines.Contract;

namespace Harness.Engines.DockerApi;

/// <summary>Turns the client library's answers and errors into the harness's own.</summary>
internal static class DockerCalls
{
    /// <summary>A question with an answer.</summary>
    internal static EngineCall<T> Of<TAnswer, T>(Task<TAnswer> answer, Func<TAnswer, T> read) => new(answer, task =>
    {
        try
        {
            // The call hands over a task that has ended.
            return read(((Task<TAnswer>)task).GetAwaiter().GetResult());
        }
        catch (Exception e) when (Error(e) is { } error)
        {
            throw error;
        }
    });

    /// <summary>A question whose answer is that it was done.</summary>
    internal static EngineCall Of(Task answer) => new(answer, static task =>
    {
        try
        {
            // As above: nothing is waited for, only an error comes out.
            task.GetAwaiter().GetResult();
        }
        catch (Exception e) when (Error(e) is { } error)
        {
            throw error;
        }
    });

    /// <summary>The same as a task, for what is not timed.</summary>
    internal static async Task<T> AskAsync<TAnswer, T>(Task<TAnswer> answer, Func<TAnswer, T> read) => await Of(answer, read);

    /// <summary>The same as a task, for what is not timed.</summary>
    internal static async Task AskAsync(Task answer) => await Of(answer);

    /// <summary>An error of the client library or of the connection as the harness's own; null for any other.</summary>
    internal static EngineException? Error(Exception exception) => exception switch
    {
        DockerApiException e => new EngineException(EngineErrors.OneLine(e.ResponseBody is { } body ? Message(body) : e.Message), e.StatusCode, e),
        // An engine that breaks off in the middle of a word, or goes away. What was disposed of is the harness's own mistake.
        ObjectDisposedException => null,
        HttpRequestException or SocketException or IOException or JsonException or InvalidOperationException or TimeoutException => new EngineException(EngineErrors.OneLine(exception), exception),
        _ => null,
    };

    private static string Message(string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.TryGetProperty("message", out var message) ? message.GetString() ?? body : body;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return body;
        }
    }
}
