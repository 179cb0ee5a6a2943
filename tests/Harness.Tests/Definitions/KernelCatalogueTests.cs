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
        Assert.Equal(["11", "12", "13", "", ""], shipped.Kernels.Select(kernel => kernel.Version));
        Assert.All(shipped.Kernels, kernel => Assert.Equal("debian", kernel.Distribution));
        Assert.Equal("debian-bookworm", Assert.Single(shipped.Kernels, kernel => kernel.IsUsual).Id);
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
    [InlineData("all", new[] { "host", "a", "b", "c" })]
    [InlineData("usual", new[] { "host", "b" })]
    [InlineData("[host]", new[] { "host" })]
    [InlineData("[b]", new[] { "b" })]
    [InlineData("[host, newest, oldest]", new[] { "host", "c", "a" })]
    [InlineData("[c, usual, all]", new[] { "c", "b", "a" })]
    public void A_matrix_takes_kernels_by_name_or_from_the_catalogue(string kernels, string[] expected)
    {
        using var file = new DefinitionFile();
        var catalogue = file.Kernels("schema: 1\nkernels:\n  - {id: a, path: /x, oldest: true}\n  - {id: b, path: /y, usual: true}\n  - {id: c, path: /z, newest: true}\n");
        Assert.Equal(expected, catalogue.Select(file.Experiment(Matrix(kernels)).Matrix.Kernels));
    }

    [Fact]
    public void A_word_that_selects_no_kernels_is_a_mistake()
    {
        using var file = new DefinitionFile();
        Assert.Equal(
            ["experiment.yaml: matrix.kernels: 'newest' is not understood: write usual or all, which add to the host's own, or a list"],
            file.Mistakes(definitions => definitions.Experiment(Matrix("newest"))));
    }

    [Theory]
    [InlineData("usual")]
    [InlineData("oldest")]
    [InlineData("newest")]
    public void A_kernel_of_the_users_own_takes_the_place_of_the_shipped_one_that_it_says(string place)
    {
        using var file = new DefinitionFile();
        var shipped = file.Kernels("schema: 1\nkernels:\n  - {id: a, path: /x, usual: true, oldest: true, newest: true}\n");
        var own = file.Kernels($"schema: 1\nkernels:\n  - {{id: mine, path: /y, {place}: true}}\n");
        string[] places = ["usual", "oldest", "newest"];
        Assert.Equal(places.Select(word => word == place ? "mine" : "a"), places.Select(word => Assert.Single(shipped.With(own).Select([word]))));
    }

    [Fact]
    public void A_word_for_kernels_is_no_id_and_one_kernel_alone_is_meant_by_it()
    {
        using var file = new DefinitionFile();
        Assert.Equal(
            ["kernels.yaml: kernels: only one can be the newest one", "kernels.yaml: newest: id: is a word by which experiments take kernels: choose another"],
            file.Mistakes(definitions => definitions.Kernels("schema: 1\nkernels:\n  - {id: newest, path: /x, newest: true}\n  - {id: b, path: /y, newest: true}\n")).Order(StringComparer.Ordinal));
    }

    private static string Matrix(string kernels) =>
        $"schema: 1\nid: sample\ntitle: t\nclaims: [C1]\ntimeout: 5s\nmatrix:\n  userlands: [debian:12]\n  runtimes: [qemu]\n  kernels: {kernels}\nprobes:\n  - {{id: kernel, kind: builtin, command: kernel, about: asks}}\n";

    [Theory]
    [InlineData("{id: a}", "kernels.yaml: a: either package or path is needed")]
    [InlineData("{id: a, path: /x, package: {kind: debian, suite: sid}}", "kernels.yaml: a: either package or path is needed")]
    [InlineData("{id: a, path: x}", "kernels.yaml: a: path: 'x' must be an absolute path")]
    [InlineData("{id: a, package: {kind: rpm, suite: sid}}", "kernels.yaml: a: package.kind: must be debian, with a suite")]
    [InlineData("{id: a, package: {kind: debian, suite: ../x}}", "kernels.yaml: a: package.suite: '../x' is not a suite: write bookworm")]
    [InlineData("{id: host, path: /x}", "kernels.yaml: host: id: is the host's own kernel, which needs no entry")]
    [InlineData("{id: a|b, path: /x}", "kernels.yaml: a|b: id: letters, digits, '.', '_' and '-' are allowed")]
    [InlineData("{id: a, path: /x, version: '12'}", "kernels.yaml: a: version: needs a distribution")]
    [InlineData("{id: a, path: /x, usual: true}\n  - {id: b, path: /y, usual: true}", "kernels.yaml: kernels: only one can be the usual one")]
    [InlineData("{id: a, path: /x, size: 1}", "kernels.yaml:3: unknown key 'size'")]
    public void A_mistake_is_one_line(string entry, string expected)
    {
        using var file = new DefinitionFile();
        Assert.Equal([expected], file.Mistakes(definitions => definitions.Kernels($"schema: 1\nkernels:\n  - {entry}\n")));
    }
}
