using CsvHelper;
using Harness.Core.Definitions;
using Harness.Core.Planning;

namespace Harness.Core.Journaling;

/// <summary>
/// Writes what the harness knows of runtimes, userlands and kernels into <c>definitions/</c>, as tables: SQL over a run's folder asks them for what
/// a name in a row stands for. What is not stated is an empty field.
/// </summary>
public static class DefinitionTables
{
    /// <summary>All of them: the file's name, and its columns.</summary>
    public static ImmutableArray<(string Name, ImmutableArray<string> Columns)> All { get; } =
    [
        ("runtimes.csv", ["name", "kind", "title", "is_default", "is_usual", "own_kernel"]),
        ("userlands.csv", ["id", "distribution", "version", "libc", "libc_version", "released", "end_of_life", "rolling", "family"]),
        ("kernels.csv", ["id", "distribution", "version", "is_usual"]),
    ];

    /// <summary>Writes all three, what the user added to the catalogues included.</summary>
    public static void Write(RunFolder folder, UserlandCatalogue userlands, KernelCatalogue kernels)
    {
        Write(folder, "runtimes.csv", KnownRuntimes.All.Select(runtime => (ImmutableArray<string>)
            [runtime.Name, runtime.KindText, runtime.Title, Text(runtime.IsDefault), Text(runtime.IsUsual), Text(runtime.HasOwnKernel)]));
        Write(folder, "userlands.csv", userlands.Userlands.Select(Fields));
        Write(folder, "kernels.csv", kernels.Kernels.Select(kernel => (ImmutableArray<string>)[kernel.Id, kernel.Distribution, kernel.Version, Text(kernel.IsUsual)]));
    }

    // Dates stand as stated, to the day or the month.
    private static ImmutableArray<string> Fields(UserlandDefinition userland) =>
    [
        userland.Id,
        userland.Distribution,
        userland.Version,
        userland.Libc?.Kind.ToString().ToLowerInvariant() ?? "",
        userland.Libc?.Version ?? "",
        userland.Released?.Text ?? "",
        userland.EndOfLife?.Text ?? "",
        Text(userland.Rolling),
        userland.Family,
    ];

    private static string Text(bool value) => value ? "true" : "false";

    private static void Write(RunFolder folder, string name, IEnumerable<ImmutableArray<string>> rows)
    {
        Directory.CreateDirectory(folder.Definitions);
        using var writer = CsvWriter.ToFile(Path.Combine(folder.Definitions, name), Csv.WriterOptions);
        writer.WriteHeader(All.Single(table => table.Name == name).Columns.AsSpan());
        foreach (var row in rows)
        {
            foreach (var field in row)
            {
                writer.WriteField(field);
            }

            writer.EndRecord();
        }
    }
}
