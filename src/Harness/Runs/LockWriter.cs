using Harness.Images.Userlands;

namespace Harness.Runs;

/// <summary>Writes each userland into a run's lock as soon as it is known which image it is: a run that is killed goes on with the same one.</summary>
/// <param name="path">The lock.</param>
/// <param name="message">Told what cannot be written.</param>
public sealed class LockWriter(string path, Action<string> message)
{
    private readonly Lock _gate = new();

    /// <summary>Adds an entry.</summary>
    public void Add(UserlandLock entry)
    {
        lock (_gate)
        {
            try
            {
                ImageLock.Write(path, [entry]);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The run's end writes all of them once more, and says what is then wrong.
                message($"{path}: cannot be written yet ({e.Message.ReplaceLineEndings(" ")})");
            }
        }
    }
}
