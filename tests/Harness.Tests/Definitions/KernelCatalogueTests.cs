using Harness.Core.Definitions;

namespace Harness.Tests.Definitions;

public sealed class KernelCatalogueTests
{
    [Fact]
    public void The_shipped_catalogue_names_five_suites_and_no_release()
    {
        var root = ExperimentsFolder.FindRepository(AppContext.BaseDirectory)!;
        var shipped = KernelCatalogue.Read(Path.Combine(root, "experiments", "kernels.yaml"));
        Assert.Equal(["bullseye", "bookworm", "trixie", "forky", "sid"], shipped.Kernels.Select(kernel => kernel.Package!.Suite));
        Assert.All(shipped.Kernels, kernel => Assert.Equal($"debian-{kernel.Package!.Suite}", kernel.Id));
        Assert.All(shipped.Kernels, kernel => Assert.Equal("cloud-amd64", kernel.Package!.Flavour));
    }

    [Fact]
    public void A_kernel_of_ones_own_is_a_path_and_may_stand_beside_userlands()
    {
        using var file = new DefinitionFile();
        const string Both = "schema: 1\nuserlands:\n  - {id: 'mine:1', images: [example.org/mine]}\nkernels:\n  - {id: mine, path: /boot/vmlinuz, modules: /lib/modules/x, config: /boot/config}\n";
        var kernel = Assert.Single(file.Kernels(Both).Kernels);
        Assert.Equal(("mine", "/boot/vmlinuz", "/lib/modules/x", "/boot/config"), (kernel.Id, kernel.Path, kernel.Modules, kernel.Config));
        Assert.Equal("mine:1", Assert.Single(file.Catalogue(Both).Userlands).Id);
    }

    [Theory]
    [InlineData("{id: a}", "kernels.yaml: a: either package or path is needed")]
    [InlineData("{id: a, path: /x, package: {kind: debian, suite: sid}}", "kernels.yaml: a: either package or path is needed")]
    [InlineData("{id: a, path: x}", "kernels.yaml: a: path: 'x' must be an absolute path")]
    [InlineData("{id: a, package: {kind: rpm, suite: sid}}", "kernels.yaml: a: package.kind: must be debian, with a suite")]
    [InlineData("{id: a, package: {kind: debian, suite: ../x}}", "kernels.yaml: a: package.suite: '../x' is not a suite: write bookworm")]
    [InlineData("{id: host, path: /x}", "kernels.yaml: host: id: is the host's own kernel, which needs no entry")]
    [InlineData("{id: a|b, path: /x}", "kernels.yaml: a|b: id: letters, digits, '.', '_' and '-' are allowed")]
    [InlineData("{id: a, path: /x, size: 1}", "kernels.yaml:3: unknown key 'size'")]
    public void A_mistake_is_one_line(string entry, string expected)
    {
        using var file = new DefinitionFile();
        Assert.Equal([expected], file.Mistakes(definitions => definitions.Kernels($"schema: 1\nkernels:\n  - {entry}\n")));
    }
}
