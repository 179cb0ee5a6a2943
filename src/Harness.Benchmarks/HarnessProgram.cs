using Harness.Core.Definitions;

namespace Harness.Benchmarks;

/// <summary>The harness as a user starts it.</summary>
public static class HarnessProgram
{
    /// <summary>Its apphost beside this program, else the repository's release build; null where neither is built.</summary>
    public static string? Find()
    {
        var name = OperatingSystem.IsWindows() ? "harness.exe" : "harness";
        var repository = ExperimentsFolder.FindRepository(AppContext.BaseDirectory);
        string?[] places =
        [
            Path.Combine(AppContext.BaseDirectory, name),
            repository is null ? null : Path.Combine(repository, "src", "Harness", "bin", "Release", "net10.0", name),
        ];
        return places.FirstOrDefault(File.Exists);
    }
}
