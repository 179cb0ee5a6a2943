using System.Collections.Immutable;
using System.Formats.Tar;
using System.Text;
using Harness.Core.Definitions;
using Harness.Images.Packages;
using Harness.Images.Userlands;

namespace Harness.Tests.Runtimes;

/// <summary>Userlands of the files of a few packages.</summary>
public sealed class UnpackedBootstrapTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("harness-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_layer_holds_the_packages_files_the_links_and_what_programs_expect()
    {
        var shell = Package("shell", Entry("./", '5'), Entry("./bin/", '5'), Entry("./bin/shell", '0', "program"), Entry("./bin/other", '1', link: "./bin/shell"), Entry("./bin/short", '2', link: "shell"));
        var library = Package("library", Entry("./bin/", '5'), Entry("./lib/", '5'), Entry("./lib/l.so", '0', "library"));

        var entries = await LayerAsync([shell, library], ("bin/sh", "shell"), ("sbin/init", "/bin/sh"));

        Assert.Equal(
            ["bin/", "bin/shell", "bin/other", "bin/short", "lib/", "lib/l.so", "tmp/", "bin/sh", "sbin/", "sbin/init", "etc/", "etc/group", "etc/passwd"],
            entries.Select(entry => entry.Name));
        Assert.Equal("bin/shell", entries.Single(entry => entry.Name == "bin/other").LinkName);
        Assert.Equal((TarEntryType.SymbolicLink, "shell"), entries.Where(entry => entry.Name == "bin/sh").Select(entry => (entry.EntryType, entry.LinkName)).Single());
        Assert.Equal("/bin/sh", entries.Single(entry => entry.Name == "sbin/init").LinkName);
    }

    [Fact]
    public async Task The_same_packages_give_the_same_bytes_and_a_package_s_own_file_wins_over_the_harness_s()
    {
        var package = Package("base", Entry("./etc/", '5'), Entry("./etc/passwd", '0', "theirs"));

        var entries = await LayerAsync([package], ("etc/passwd", "elsewhere"));

        Assert.Equal(TarEntryType.RegularFile, Assert.Single(entries, entry => entry.Name == "etc/passwd").EntryType);
        Assert.Equal(await BytesAsync([package]), await BytesAsync([package]));
    }

    [Theory]
    [InlineData("/etc/x", '0', "a package with the path '/etc/x'")]
    [InlineData("./../x", '0', "a package with the path '../x'")]
    [InlineData("./dev/null", '3', "a package with something else than files, 'dev/null'")]
    public void What_leads_out_of_the_image_or_is_no_file_is_refused(string name, char type, string message) =>
        Assert.Equal(message, Assert.Throws<InvalidDataException>(() => DebFile.Entries(Package("bad", Entry(name, type)))).Message);

    [Fact]
    public void A_suite_s_newest_package_of_a_name_is_found_and_no_other_s()
    {
        var suite = new DebianSuite(string.Join("\n\n", Stanza("bash", "9.1"), Stanza("bash-static", "5.2.15-2"), Stanza("bash-static", "5.2.15-10")), "");
        Assert.Equal("5.2.15-10", suite.Find("bash-static")?.Version);
        Assert.Equal("9.1", suite.Find("bash")?.Version);
        Assert.Null(suite.Find("bas"));
    }

    [Fact]
    public void Another_link_is_another_recipe()
    {
        var recipe = new BootstrapRecipe("unpacked", "bookworm", "") { Packages = ["bash-static"] };
        var linked = recipe with { Links = recipe.Links.Add("bin/sh", "bash-static") };
        Assert.NotEqual(recipe, linked);
        Assert.NotEqual(Recipes.Key(recipe, "amd64"), Recipes.Key(linked, "amd64"));
        Assert.StartsWith("unpacked-bookworm-amd64-bash-static-", Recipes.Key(linked, "amd64"), StringComparison.Ordinal);
    }

    private static string Stanza(string name, string version) => $"Package: {name}\nVersion: {version}\nFilename: pool/main/b/bash/{name}.deb\nSize: 100\nSHA256: {new string('a', 64)}";

    private static byte[] Entry(string name, char type, string content = "", string link = "") =>
        TarBytes.Member(TarBytes.Header(name, type, content.Length, link), Encoding.ASCII.GetBytes(content));

    private string Package(string name, params byte[][] entries)
    {
        var data = Packing.Gzip(TarBytes.Tar([.. entries.SelectMany(entry => entry)]));
        var file = Path.Combine(_folder, name + ".deb");
        File.WriteAllBytes(file, [.. Encoding.ASCII.GetBytes($"!<arch>\n{"data.tar.gz",-16}{"0",-12}{"0",-6}{"0",-6}{"644",-8}{data.Length,-10}`\n"), .. data]);
        return file;
    }

    private static async Task<byte[]> BytesAsync(ImmutableArray<string> packages, params (string Name, string Target)[] links)
    {
        using var output = new MemoryStream();
        await UnpackedBootstrap.WriteAsync(output, packages, links.ToImmutableSortedDictionary(link => link.Name, link => link.Target, StringComparer.Ordinal), TestContext.Current.CancellationToken);
        return output.ToArray();
    }

    private static async Task<List<TarEntry>> LayerAsync(ImmutableArray<string> packages, params (string Name, string Target)[] links)
    {
        using var layer = new MemoryStream(await BytesAsync(packages, links));
        await using var tar = new TarReader(layer);
        var entries = new List<TarEntry>();
        while (await tar.GetNextEntryAsync(cancellationToken: TestContext.Current.CancellationToken) is { } entry)
            entries.Add(entry);
        return entries;
    }
}
