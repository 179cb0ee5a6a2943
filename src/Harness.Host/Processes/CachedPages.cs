using System.IO.MemoryMappedFiles;
using System.Runtime.Versioning;

namespace Harness.Host.Processes;

/// <summary>How much of some files the kernel holds in memory, in pages.</summary>
/// <param name="Cached">Those that are there.</param>
/// <param name="All">Those that the files have.</param>
internal sealed record CachedPages(long Cached, long All)
{
    /// <summary>Counts them (mincore), without reading any. Null: none of the files can be looked at, or they are empty.</summary>
    [SupportedOSPlatform("linux")]
    internal static CachedPages? Of(IEnumerable<string> files)
    {
        var pages = files.Select(Of).OfType<CachedPages>().Aggregate(new CachedPages(0, 0), (sum, one) => new CachedPages(sum.Cached + one.Cached, sum.All + one.All));
        return pages.All == 0 ? null : pages;
    }

    [SupportedOSPlatform("linux")]
    private static unsafe CachedPages? Of(string file)
    {
        try
        {
            var length = new FileInfo(file).Length;
            if (length == 0)
                return null;
            using var map = MemoryMappedFile.CreateFromFile(file, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
            using var view = map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            var resident = new byte[(length + Environment.SystemPageSize - 1) / Environment.SystemPageSize];
            byte* address = null;
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref address);
            try
            {
                // The lowest bit alone says something.
                return Native.InCore((nint)address, (nuint)length, resident) == 0 ? new CachedPages(resident.Count(page => (page & 1) != 0), resident.Length) : null;
            }
            finally
            {
                view.SafeMemoryMappedViewHandle.ReleasePointer();
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
