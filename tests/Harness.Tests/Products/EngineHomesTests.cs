using Harness.Core.Model;
using Harness.Engines.Connecting;
using Harness.Engines.Endpoints;
using Harness.Engines.Products;

namespace Harness.Tests.Products;

public sealed class EngineHomesTests
{
    private const string OtherBoot = "7d410e2f-85f5-4042-b10e-8fb4ffa457e1";

    [Theory]
    [InlineData("Docker Desktop on a Mac", ProductTable.DockerDesktop)]
    [InlineData("Docker Desktop on a Mac, by the default socket", ProductTable.DockerDesktop)]
    [InlineData("Docker for Mac of 2017", ProductTable.DockerDesktop)]
    [InlineData("Docker Desktop on Windows", ProductTable.DockerDesktop)]
    [InlineData("Docker Desktop on Linux", ProductTable.DockerDesktop)]
    [InlineData("Docker Desktop seen from WSL", ProductTable.DockerDesktop)]
    [InlineData("Colima", ProductTable.Colima)]
    [InlineData("Colima of 2023, by the default socket", ProductTable.Colima)]
    [InlineData("Lima", ProductTable.Lima)]
    [InlineData("Rancher Desktop", ProductTable.RancherDesktop)]
    [InlineData("OrbStack", ProductTable.OrbStack)]
    [InlineData("OrbStack of 2023", ProductTable.OrbStack)]
    [InlineData("Podman machine", ProductTable.PodmanMachine)]
    [InlineData("Podman machine on Windows", ProductTable.PodmanMachine)]
    public void A_products_engine_is_known_by_its_answers(string name, string product)
    {
        var home = Find(RecordedEngine.Of(name));

        Assert.Equal((EnginePlace.ProductVm, product), (home.Place, home.Product));
        Assert.NotEmpty(home.Signs);
        Assert.Contains(product, home.Spoken, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Docker Desktop on a Mac")]
    [InlineData("Docker Desktop on Windows")]
    [InlineData("Colima")]
    [InlineData("Podman machine")]
    public void On_another_system_than_Linux_the_kernel_is_another(string name) => Assert.Equal(false, Find(RecordedEngine.Of(name)).SharesKernel);

    [Fact]
    public void Docker_Desktop_on_Linux_is_a_VM_too_and_its_release_tells()
    {
        var home = Find(RecordedEngine.Of("Docker Desktop on Linux"));

        Assert.Equal((EnginePlace.ProductVm, false), (home.Place, home.SharesKernel));
        Assert.Contains(home.Signs, sign => sign.Name == "engine-kernel");
    }

    [Fact]
    public void From_within_WSL_the_kernel_is_the_same_and_that_of_a_VM()
    {
        var desktop = Find(RecordedEngine.Of("Docker Desktop seen from WSL"), RecordedEngine.OwnBoot);
        var engine = Find(RecordedEngine.Of("Docker Engine within WSL"), RecordedEngine.OwnBoot);

        Assert.Equal((EnginePlace.SameKernel, ProductTable.DockerDesktop, true), (desktop.Place, desktop.Product, desktop.SharesKernel));
        Assert.Equal((EnginePlace.SameKernel, ProductTable.Wsl, true), (engine.Place, engine.Product, engine.SharesKernel));
        Assert.Contains(engine.Signs, sign => sign.Name == "client-wsl");
    }

    [Theory]
    [InlineData("Docker Engine on Linux")]
    [InlineData("Podman on Fedora")]
    public void A_plain_engine_is_on_this_kernel_where_a_container_has_read_its_boot(string name)
    {
        var engine = RecordedEngine.Of(name);

        Assert.Equal((EnginePlace.SameKernel, null), (Find(engine, RecordedEngine.OwnBoot).Place, Find(engine, RecordedEngine.OwnBoot).Product));
        Assert.Equal((EnginePlace.Unknown, false), (Find(engine, OtherBoot).Place, Find(engine, OtherBoot).SharesKernel));
        // An equal release could be a second boot of one build.
        Assert.Equal((EnginePlace.Unknown, null), (Find(engine).Place, Find(engine).SharesKernel));
    }

    [Fact]
    public void A_container_that_reads_this_boot_outweighs_every_name()
    {
        var engine = RecordedEngine.Of("Docker Engine on Linux");
        var named = engine with { Engine = engine.Engine with { Told = new EngineTold("lima-lab", "linux", null, []) } };

        var home = Find(named, RecordedEngine.OwnBoot);

        Assert.Equal((EnginePlace.SameKernel, null), (home.Place, home.Product));
        Assert.Equal(["boot-id", "engine-host"], home.Signs.Select(sign => sign.Name));
    }

    [Fact]
    public void An_engine_at_another_hosts_address_is_on_another_host()
    {
        var home = Find(RecordedEngine.Of("Docker Engine on a server"));

        Assert.Equal((EnginePlace.OtherMachine, null), (home.Place, home.Product));
        // Not the address itself: a run's readings are published.
        Assert.DoesNotContain(home.Signs, sign => sign.Reading.Contains("10.0.0.7", StringComparison.Ordinal));
    }

    [Fact]
    public void The_harnesss_own_daemon_is_a_process_here()
    {
        var engine = RecordedEngine.Of("Docker Engine on Linux");

        var home = EngineHomes.Find(engine.Client, engine.Engine, new EngineEndpoint(new Uri("unix:///x/sock"), EngineEndpoint.ByPrivateDaemon), null);

        Assert.Equal((EnginePlace.SameKernel, true), (home.Place, home.SharesKernel));
    }

    [Fact]
    public void The_harnesss_own_VM_is_known_by_its_host()
    {
        var engine = RecordedEngine.Of("Docker Engine on Linux");
        var inside = engine.Engine with { KernelVersion = "6.1.0-56-cloud-amd64", Told = new EngineTold(ProductTable.OwnHost, "linux", null, []) };

        var home = EngineHomes.Find(engine.Client, inside, engine.Endpoint, OtherBoot);

        Assert.Equal((EnginePlace.ProductVm, ProductTable.Own, false), (home.Place, home.Product, home.SharesKernel));
    }

    [Fact]
    public void No_sign_holds_the_name_of_a_user_or_a_host()
    {
        foreach (var sign in RecordedEngine.All.SelectMany(engine => Find(engine).Signs))
        {
            Assert.DoesNotContain("somebody", sign.Reading + sign.Says, StringComparison.Ordinal);
            Assert.DoesNotContain("server", sign.Reading, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Marks_of_WSL_are_its_kernel_its_variable_and_its_interpreter()
    {
        Assert.Equal(3, ClientFacts.Marks("5.15.153.1-microsoft-standard-WSL2", "Ubuntu", hasInterop: true).Length);
        Assert.Empty(ClientFacts.Marks("6.8.0-45-generic", "", hasInterop: false));
        // A kernel of the user's own, set in .wslconfig, has another release.
        Assert.Equal(["WSL_DISTRO_NAME"], ClientFacts.Marks("6.18.20.3", "Debian", hasInterop: false));
    }

    private static EngineHome Find(RecordedEngine recorded, string? bootId = null) => EngineHomes.Find(recorded.Client, recorded.Engine, recorded.Endpoint, bootId);
}
