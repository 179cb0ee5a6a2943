using System.Formats.Tar;
using System.Runtime.Versioning;
using Docker.DotNet.Models;
using Harness.Engines.Connecting;
using Harness.Engines.PrivateEngine;
using Harness.Instruments.Footprint;
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
        var below = Assert.Single(await engine.Client.Images.ListImagesAsync(new ImagesListParameters(), Cancellation)).ID;
        var alone = await EngineDisk.ReadAsync(engine, below, Cancellation);
        Assert.Equal(0, alone.Shared);
        Assert.True(alone.Own > 0);

        var above = await AddLayerAsync(engine, below);

        Assert.Equal(new LayerBytes(Shared: alone.Own, Own: 0), await EngineDisk.ReadAsync(engine, below, Cancellation));
        Assert.Equal(new LayerBytes(Shared: alone.Own, Own: Added), await EngineDisk.ReadAsync(engine, above, Cancellation));
    }

    private static async Task<string> AddLayerAsync(EngineConnection engine, string image)
    {
        var container = await engine.Client.Containers.CreateContainerAsync(new CreateContainerParameters { Image = image, Cmd = ["/bin/true"] }, Cancellation);
        using var archive = new MemoryStream();
        await using (var writer = new TarWriter(archive, leaveOpen: true))
            await writer.WriteEntryAsync(new UstarTarEntry(TarEntryType.RegularFile, "added") { DataStream = new MemoryStream(new byte[Added]) }, Cancellation);
        archive.Position = 0;
        await engine.Client.Containers.ExtractArchiveToContainerAsync(container.ID, new CopyToContainerParameters { Path = "/" }, archive, Cancellation);
        var above = await engine.Client.Images.CommitContainerChangesAsync(new CommitContainerChangesParameters { ContainerID = container.ID }, Cancellation);
        await engine.Client.Containers.RemoveContainerAsync(container.ID, new ContainerRemoveParameters(), Cancellation);
        return above.ID;
    }
}
