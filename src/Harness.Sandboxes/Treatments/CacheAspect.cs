using System.Globalization;
using Harness.Core.Model;
using Harness.Core.Running;
using Harness.Host.Processes;

namespace Harness.Sandboxes.Treatments;

/// <summary>Whether caches were cold when a sandbox was started.</summary>
internal static class CacheAspect
{
    /// <summary>Whether caches were dropped before the start; nothing where that was not asked for.</summary>
    internal static ImmutableArray<TreatmentReading> Of(CacheDrop? drop) =>
        drop is null ? [] : [Aspect.Judge("caches", "cold", [Own(drop.Own), drop.Shrank ? new Word(true, drop.Text, "/proc/meminfo before and after the drop") : null])];

    // A cache may have been cold before, and a machine that is busy fills it again: the files that the start reads are what counts. On a file system
    // in memory they stay there whatever is dropped. A few that stay say nothing: pages that somebody just now touches are passed over.
    private static Word? Own(CachedPages? own) => own is null ? null : new Word(
        own.Cached == 0 ? true : own.Cached * 2 > own.All ? false : null,
        string.Create(CultureInfo.InvariantCulture, $"{own.Cached} of {own.All} pages of its own files cached"),
        "mincore after the drop");
}
