using System.Formats.Tar;
using System.Runtime.Versioning;
using System.Text.Json;
using Harness.Engines.Connecting;
using Harness.Engines.Contract;
using Harness.Engines.PrivateEngine;
using Harness.Runtimes;

namespace Harness.IntegrationTests.Runtimes;

[Collection(OneEngineAtATime.Name)]
[SupportedOSPlatform("linux")]
public sealed class LayerTests
{
    private const int Added = 1 << 20;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_an_image_has_in_common_with_another_is_told_from_its_own()
    {
        await EngineMachine.NeedAsync("dockerd", "busybox");
        using var machine = new EngineMachine();
        await using var set = await RuntimeSet.CreateAsync(machine.Options("r"), Cancellation);
        await set.ResolveAsync("busybox:static", Cancellation);
        using var engine = await EngineConnection.OpenAsync(PrivateDaemon.EndpointOf(machine.Paths), TimeSpan.FromSeconds(5), Cancellation);
        var below = Assert.Single(await engine.Engine.Images.ListAsync(label: null, parents: false, Cancellation)).Id;
        var alone = await engine.Engine.Images.LayersAsync(below, Cancellation);
        Assert.Equal(0, alone.Shared);
        Assert.True(alone.Own > 0);

        var above = await AddLayerAsync(engine.Engine, machine.Paths.Socket, below);

        Assert.Equal(new LayerBytes(Shared: alone.Own, Own: 0), await engine.Engine.Images.LayersAsync(below, Cancellation));
        Assert.Equal(new LayerBytes(Shared: alone.Own, Own: Added), await engine.Engine.Images.LayersAsync(above, Cancellation));
    }

    private static async Task<string> AddLayerAsync(IContainerEngine engine, string socket, string image)
    {
        var container = await engine.CreateAsync(new ContainerRequest { Image = image, Command = ["/bin/true"] }, Cancellation);
        using var archive = new MemoryStream();
        await using (var writer = new TarWriter(archive, leaveOpen: true))
            await writer.WriteEntryAsync(new UstarTarEntry(TarEntryType.RegularFile, "added") { DataStream = new MemoryStream(new byte[Added]) }, Cancellation);
        archive.Position = 0;
        await engine.CopyInAsync(container, archive, Cancellation);
        using var above = JsonDocument.Parse(await RawDocker.PostAsync(socket, $"/commit?container={container}"));
        await engine.RemoveAsync(container, Cancellation);
        return above.RootElement.GetProperty("Id").GetString()!;
    }
}
