using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Images.Userlands;

namespace Harness.Tests.Supply;

/// <summary>What an engine that lacks an image takes from the run's other engines.</summary>
public sealed class OtherEnginesTests
{
    private static readonly UserlandDefinition _definition = new() { Id = "mine:1" };

    private static readonly UserlandLock _entry = new()
    {
        Id = "mine:1",
        Image = "mine:1",
        Digest = "sha256:" + new string('1', 64),
        ImageId = "sha256:" + new string('1', 64),
        Architecture = "amd64",
        Provenance = new Provenance { Kind = "engine" },
    };

    [Fact]
    public async Task An_image_of_another_architecture_is_not_taken()
    {
        var other = Other("arm64");
        Assert.DoesNotContain("copy", await MissingAsync(other), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_wrong_with_another_engine_is_a_reason_and_no_failure_of_this_one()
    {
        // It has the image, and hands nothing over.
        var other = Other("amd64");
        Assert.Contains("the copy from another engine failed", await MissingAsync(other), StringComparison.Ordinal);
    }

    private static MemoryEngine Other(string architecture)
    {
        var engine = new MemoryEngine("unix:///another/socket") { Architecture = architecture };
        engine.Ids["mine:1"] = _entry.ImageId!;
        return engine;
    }

    private static async Task<string> MissingAsync(MemoryEngine other)
    {
        var engine = new MemoryEngine();
        var sources = new ImageSources(engine.Store, registry: null!, (_, _) => Task.CompletedTask, (_, _) => Task.CompletedTask, layers: null!, mirror: null, new Progress<string>());
        var resolution = await new LockedImages(engine.Store, sources, PullPolicy.Never, "another engine of the run", new Peer(other)).FindAsync(_definition, _entry, TestContext.Current.CancellationToken);
        return Assert.IsType<UserlandResolution.Missing>(resolution).Reason;
    }

    private sealed class Peer(MemoryEngine engine) : IOtherEngines
    {
        public Task<UserlandLock?> LeadAsync(string userland, EngineImages self, CancellationToken cancellation) => Task.FromResult<UserlandLock?>(null);

        public Task<UserlandLock?> ElsewhereAsync(string userland, EngineImages self, CancellationToken cancellation) => Task.FromResult<UserlandLock?>(null);

        public UserlandLock Agree(UserlandLock found) => found;

        public async IAsyncEnumerable<EngineImages> StoresAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
        {
            await Task.CompletedTask;
            yield return engine.Store;
        }
    }
}
