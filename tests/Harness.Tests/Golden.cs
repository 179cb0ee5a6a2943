using System.Runtime.CompilerServices;

namespace Harness.Tests;

/// <summary>Compares with a committed file. <c>HARNESS_UPDATE_GOLDEN=1</c> writes it instead; then read the diff.</summary>
public static class Golden
{
    public static bool IsUpdated { get; } = Environment.GetEnvironmentVariable("HARNESS_UPDATE_GOLDEN") == "1";

    public static void Equal(string name, string actual, [CallerFilePath] string test = "")
    {
        var path = Path.Combine(Path.GetDirectoryName(test)!, "Golden", name);
        if (IsUpdated)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, actual);
        }

        Assert.True(File.Exists(path), $"{path} is missing: run the tests once with HARNESS_UPDATE_GOLDEN=1");
        Assert.Equal(File.ReadAllText(path), actual);
    }
}
