using System.Net;
using Harness.Benchmarks.StandIns;
using Harness.Core.Definitions;

namespace Harness.IntegrationTests.Cli;

/// <summary>The images that stand in for userlands in tests and benchmarks.</summary>
public sealed class StandInImagesTests
{
    [Fact]
    public async Task An_image_that_is_made_again_later_is_the_same_image()
    {
        var token = TestContext.Current.CancellationToken;
        var program = Path.Combine(AppContext.BaseDirectory, "Harness.IntegrationTests.dll");
        var userland = new UserlandDefinition { Id = "alpine:3.20" };
        using var client = new HttpClient(new Taking());
        var upload = new RegistryUpload(client, "registry.example");
        var first = await new StandInImages(upload, "p", program).ManifestAsync("p/alpine", userland, pack: null, token);
        // Times within an image are whole seconds.
        await Task.Delay(1100, token);
        var again = await new StandInImages(upload, "p", program).ManifestAsync("p/alpine", userland, pack: null, token);

        Assert.Equal(first.ToJsonString(), again.ToJsonString());
    }

    private sealed class Taking : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(HttpStatusCode.Created));
    }
}
