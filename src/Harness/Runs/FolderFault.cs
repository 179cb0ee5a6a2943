using Harness.Core;
using Harness.Core.Journaling;

namespace Harness.Runs;

/// <summary>A folder that cannot be written: nothing that the harness has done wrong.</summary>
internal static class FolderFault
{
    /// <summary>Whether it is that: denied, no space left, too large for the quota, or a file system that is only read.</summary>
    internal static bool Is(Exception e) => e is UnauthorizedAccessException || (e is IOException && e.HResult is 13 or 28 or 30 or 122);

    /// <summary>What a run says that had begun: its rows so far are whole.</summary>
    internal static HarnessException Of(RunFolder folder, Exception e) => new(
        $"{e.Message.ReplaceLineEndings(" ")}; the trials so far are kept: make room or give the right to write there, then continue with 'harness run --resume --run-id {folder.RunId}'", e);
}
