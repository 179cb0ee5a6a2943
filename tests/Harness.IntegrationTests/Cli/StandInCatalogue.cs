using Harness.Benchmarks.StandIns;
using Harness.Core.Definitions;

namespace Harness.IntegrationTests.Cli;

/// <summary>A registry on loopback with one stand-in for each userland of the repository's catalogue.</summary>
internal sealed class StandInCatalogue : IDisposable
{
    public const string Prefix = "stand-ins";

    private readonly HttpClient _client = new();

    private StandInCatalogue(LoopbackRegistry registry, UserlandCatalogue catalogue, string busybox)
    {
        (Registry, Catalogue) = (registry, catalogue);
        Upload = new RegistryUpload(_client, registry.Host);
        Images = new StandInImages(Upload, Prefix, busybox);
    }

    public LoopbackRegistry Registry { get; }

    public UserlandCatalogue Catalogue { get; }

    public RegistryUpload Upload { get; }

    public StandInImages Images { get; }

    /// <summary>What <c>--mirror</c> takes.</summary>
    public string Mirror => $"images={Registry.Host}/{Prefix}";

    /// <summary>Fills one.</summary>
    /// <param name="repository">Whose catalogue.</param>
    /// <param name="isChosen">Userlands that are there; null for all.</param>
    public static async Task<StandInCatalogue> StartAsync(Repository repository, Func<UserlandDefinition, bool>? isChosen = null)
    {
        var busybox = await Tools.RequireAsync("busybox", "busybox-static");
        var registry = await LoopbackRegistry.StartAsync();
        var catalogue = new StandInCatalogue(registry, UserlandCatalogue.Read(Path.Combine(repository.Root, "experiments", "userlands.yaml")), busybox);
        await catalogue.Images.PushAsync(catalogue.Catalogue.Userlands.Where(isChosen ?? (_ => true)), TestContext.Current.CancellationToken);
        return catalogue;
    }

    public void Dispose()
    {
        _client.Dispose();
        Registry.Dispose();
    }
}
