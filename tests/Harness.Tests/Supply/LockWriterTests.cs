using Harness.Images.Userlands;
using Harness.Runs;

namespace Harness.Tests.Supply;

/// <summary>A run's lock while the run is under way.</summary>
public sealed class LockWriterTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("harness-test-").FullName;

    private string Path => System.IO.Path.Combine(_folder, "userlands.lock.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Each_userland_is_in_the_lock_as_soon_as_it_is_known()
    {
        var writer = new LockWriter(Path, _ => { });
        Assert.Equal(["a:1"], Locked(writer, "a:1"));
        Assert.Equal(["a:1", "b:2"], Locked(writer, "b:2"));
    }

    [Fact]
    public void Entries_of_several_threads_are_all_kept_and_whoever_reads_meanwhile_sees_a_whole_lock()
    {
        var writer = new LockWriter(Path, _ => { });
        Parallel.For(0, 60, number =>
        {
            writer.Add(Entry($"u:{number}"));
            Assert.Contains(ImageLock.Read(Path, isComplete: false).Userlands, entry => entry.Id == $"u:{number}");
        });
        Assert.Equal(60, ImageLock.Read(Path, isComplete: false).Userlands.Length);
    }

    [Fact]
    public void A_lock_that_cannot_be_written_costs_nothing_but_a_line()
    {
        var said = new List<string>();
        new LockWriter(System.IO.Path.Combine(_folder, "missing", "lock.json"), said.Add).Add(Entry("a:1"));
        Assert.Contains("cannot be written yet", Assert.Single(said), StringComparison.Ordinal);
    }

    private List<string> Locked(LockWriter writer, string id)
    {
        writer.Add(Entry(id));
        return [.. ImageLock.Read(Path, isComplete: false).Userlands.Select(entry => entry.Id)];
    }

    private static UserlandLock Entry(string id) => new()
    {
        Id = id,
        Image = id,
        Digest = "sha256:" + new string('a', 64),
        Architecture = "amd64",
        Provenance = new Provenance { Kind = "registry" },
    };
}
