using System.Text;

namespace Harness.Core.Journaling;

/// <summary>
/// Files that are there whole or not at all. What is written first has a name that nobody can foresee and is created anew, so that a
/// folder from elsewhere cannot hold a link of that name and have a file outside it overwritten.
/// </summary>
public static class AtomicFile
{
    /// <summary>How the names of files end that were not whole when the program was killed: they belong to nothing.</summary>
    public const string Unfinished = ".tmp";

    /// <summary>Writes UTF-8 text beside <paramref name="path"/> and renames it into place.</summary>
    public static void Write(string path, string text) => Write(path, new UTF8Encoding(false).GetBytes(text));

    /// <summary>Writes bytes beside <paramref name="path"/> and renames them into place.</summary>
    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        var temporary = TemporaryOf(path);
        using (var file = Create(temporary))
        {
            file.Write(bytes);
        }

        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Lets <paramref name="write"/> write beside <paramref name="path"/> and renames the result into place; where it throws, nothing is left.</summary>
    public static void Write(string path, Action<FileStream> write)
    {
        var temporary = TemporaryOf(path);
        try
        {
            using (var file = Create(temporary))
            {
                write(file);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private static string TemporaryOf(string path) => $"{path}.{Guid.NewGuid():N}{Unfinished}";

    // Creating exclusively fails where anything of that name is, a link among it.
    private static FileStream Create(string path) => new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
}
