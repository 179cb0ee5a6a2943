using Harness.Core.Model;
using Harness.Host.Processes;
using Harness.Sandboxes.Treatments;

namespace Harness.Tests.Treatments;

public sealed class CacheAspectTests
{
    [Theory]
    [InlineData(0, "proven")]
    [InlineData(40, "only asked")]
    [InlineData(90, "contradicted")]
    public void What_the_start_reads_decides_and_not_what_all_other_files_have_lost(int cached, string expected)
    {
        var reading = Assert.Single(CacheAspect.Of(new CacheDrop(1 << 30, 1 << 20, new CachedPages(cached, 100))));

        Assert.Equal(expected, reading.State.Text());
    }

    [Fact]
    public void Where_its_files_were_not_looked_at_the_hosts_account_proves() =>
        Assert.Equal(TreatmentState.Proven, Assert.Single(CacheAspect.Of(new CacheDrop(1 << 30, 1 << 20))).State);
}
