using Harness.Runtimes.Footprint;

namespace Harness.Tests.Footprint;

/// <summary>What an engine tells of its images' layers.</summary>
public sealed class EngineDiskTests
{
    [Theory]
    [InlineData("""{"LayersSize":9,"Images":[{"Id":"b","Size":1,"SharedSize":0},{"Id":"a","Size":100,"SharedSize":60}]}""")]
    [InlineData("""{"ImageUsage":{"Items":[{"Id":"a","Size":100,"SharedSize":60}]}}""")]
    public void Shared_and_own_bytes_add_up_to_the_image(string answer) => Assert.Equal(new LayerBytes(60, 40), EngineDisk.Parse(answer, "a"));

    [Theory]
    [InlineData("""{"Images":[{"Id":"a","Size":100,"SharedSize":-1}]}""", "did not count")]
    [InlineData("""{"Images":[{"Id":"b","Size":100,"SharedSize":1}]}""", "lacks a")]
    [InlineData("""{"Images":[{"Id":"a","Size":100}]}""", "cannot be read")]
    [InlineData("""{"Images":null}""", "has no images")]
    [InlineData("no", "cannot be read")]
    public void What_it_does_not_tell_is_no_zero(string answer, string reason) =>
        Assert.Contains(reason, Assert.Throws<IOException>(() => EngineDisk.Parse(answer, "a")).Message, StringComparison.Ordinal);
}
