using System.Runtime.Versioning;
using Harness.Core.Model;
using Harness.Host.Processes;
using Harness.Sandboxes.Treatments;

namespace Harness.IntegrationTests.Runtimes;

[Collection(OneEngineAtATime.Name)]
[SupportedOSPlatform("linux")]
public sealed class ColdCacheTests
{
    [Fact]
    public void A_file_of_a_disk_is_gone_from_memory_after_the_drop_even_where_the_cache_did_not_shrink()
    {
        Assert.SkipWhen(ColdCache.Missing() is not null, "caches cannot be dropped here");
        var file = Path.Combine(AppContext.BaseDirectory, $"cold-{Guid.NewGuid():N}");
        Assert.SkipUnless(new DriveInfo(AppContext.BaseDirectory).DriveFormat is "ext4" or "xfs" or "btrfs", "the tests lie on no disk");
        try
        {
            File.WriteAllBytes(file, new byte[1 << 20]);
            Assert.Equal(new CachedPages(256, 256), CachedPages.Of([file]));

            var drop = ColdCache.Drop(file);

            Assert.Equal(new CachedPages(0, 256), drop.Own);
            // Whatever the machine's other files do meanwhile.
            var reading = Assert.Single(CacheAspect.Of(drop with { Before = 0, After = 1 }));
            Assert.Equal((TreatmentState.Proven, "0 of 256 pages of its own files cached", "mincore after the drop"), (reading.State, reading.Seen, reading.Witness));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void A_file_in_memory_stays_there_and_contradicts()
    {
        Assert.SkipWhen(ColdCache.Missing() is not null || !Directory.Exists("/dev/shm"), "caches cannot be dropped here");
        var file = $"/dev/shm/cold-{Guid.NewGuid():N}";
        try
        {
            File.WriteAllBytes(file, new byte[1 << 20]);

            var reading = Assert.Single(CacheAspect.Of(ColdCache.Drop(file)));

            Assert.Equal("asked for caches cold, ran with 256 of 256 pages of its own files cached (by mincore after the drop)", reading.Contradiction);
            Assert.Equal(TreatmentState.Contradicted, reading.State);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Files_that_are_not_there_or_empty_say_nothing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "pages are counted on Linux");
        var empty = Path.GetTempFileName();
        try
        {
            Assert.Null(CachedPages.Of([empty, "/no/such"]));
        }
        finally
        {
            File.Delete(empty);
        }
    }
}
