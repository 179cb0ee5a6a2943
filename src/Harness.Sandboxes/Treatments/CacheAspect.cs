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
        drop is null ? [] : [Aspect.Judge("caches", "cold", [drop.Own is { } own ? Own(own) : drop.Shrank ? new Word(true, drop.Text, "/proc/meminfo before and after the drop") : null])];

    // A cache may have been cold before, and a busy host fills it again: the files that the start reads are what counts, and what all other files
    // have lost proves nothing about them. On a file system in memory they stay there whatever is dropped. A part that stays leaves it open.
    private static Word Own(CachedPages own) => new(
        own.Cached == 0 ? true : own.Cached * 2 > own.All ? false : null,
        string.Create(CultureInfo.InvariantCulture, $"{own.Cached} of {own.All} pages of its own files cached"),
        "mincore after the drop");
}
