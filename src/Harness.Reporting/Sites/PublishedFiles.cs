using Harness.Core.Journaling;

namespace Harness.Reporting.Sites;

/// <summary>What of a redacted run's folder a site gives away.</summary>
internal static class PublishedFiles
{
    /// <summary>What is copied, for readers.</summary>
    internal const string Said = "the redacted run without raw/";

    /// <summary>Copies a redacted run's files into a folder that is there and holds none of them: whatever its report links to.</summary>
    internal static void Copy(RunFolder run, string target)
    {
        foreach (var file in Directory.EnumerateFiles(run.Root, "*", SearchOption.AllDirectories))
        {
            var name = Path.GetRelativePath(run.Root, file);
            // Sums are for whoever has all files: 'harness export' gives those.
            if (Path.GetFullPath(file) == Path.GetFullPath(run.Sums) || name.StartsWith(Path.GetFileName(run.Raw) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            {
                continue;
            }

            var copy = Path.Combine(target, name);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }
}
