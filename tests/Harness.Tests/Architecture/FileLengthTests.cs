using Harness.Core.Definitions;

namespace Harness.Tests.Architecture;

/// <summary>A file that no longer fits a reader's head is split along its meaning before it lands.</summary>
public sealed class FileLengthTests
{
    private const int Most = 250;

    [Theory]
    [InlineData("src")]
    [InlineData("tests")]
    public void No_source_file_is_too_long(string folder)
    {
        var root = ExperimentsFolder.FindRepository(AppContext.BaseDirectory)!;
        var files = Sources(Path.Combine(root, folder)).ToList();

        Assert.NotEmpty(files);
        Assert.Equal("", string.Join('\n', files.Select(file => (Path: Path.GetRelativePath(root, file), Lines: File.ReadLines(file).Count()))
            .Where(file => file.Lines > Most).Select(file => $"{file.Path} has {file.Lines} lines, {Most} at most: split it along its meaning")));
    }

    // Not what a build or a package manager put there.
    private static IEnumerable<string> Sources(string folder) =>
        Directory.EnumerateFiles(folder, "*.cs").Concat(
            Directory.EnumerateDirectories(folder).Where(below => Path.GetFileName(below) is not ("bin" or "obj" or "node_modules")).SelectMany(Sources));
}
