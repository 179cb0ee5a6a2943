using CsvHelper;
using Harness.Core.Definitions;

namespace Harness.Core.Journaling;

/// <summary>
/// Writes <c>definitions/userlands.csv</c>: the catalogue as a table, with what the user added, so that SQL over a run's folder
/// knows distribution, libc and age of a userland. What is not stated is an empty field; dates stand as stated, to the day or the month.
/// </summary>
public static class UserlandTable
{
    /// <summary>Writes the file, in the catalogue's order.</summary>
    public static void Write(RunFolder folder, UserlandCatalogue catalogue)
    {
        Directory.CreateDirectory(folder.Definitions);
        using var writer = CsvWriter.ToFile(folder.UserlandsCsv, Csv.WriterOptions);
        writer.WriteHeader(Csv.UserlandColumns.AsSpan());
        foreach (var userland in catalogue.Userlands)
        {
            foreach (var field in Fields(userland))
            {
                writer.WriteField(field);
            }

            writer.EndRecord();
        }
    }

    private static ImmutableArray<string> Fields(UserlandDefinition userland) =>
    [
        userland.Id,
        userland.Distribution,
        userland.Version,
        userland.Libc?.Kind.ToString().ToLowerInvariant() ?? "",
        userland.Libc?.Version ?? "",
        userland.Released?.Text ?? "",
        userland.EndOfLife?.Text ?? "",
        userland.Rolling ? "true" : "false",
        userland.Family,
    ];
}
