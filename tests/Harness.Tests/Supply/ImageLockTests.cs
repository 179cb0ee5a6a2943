using Harness.Core;
using Harness.Engines.Contract;
using Harness.Images.Userlands;

namespace Harness.Tests.Supply;

public sealed class ImageLockTests : IDisposable
{
    private static readonly string _a = "sha256:" + new string('a', 64);
    private static readonly string _b = "sha256:" + new string('b', 64);

    private readonly string _folder = Directory.CreateTempSubdirectory("harness-lock-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_is_written_is_read_again_sorted_and_other_entries_stay()
    {
        var path = Path.Combine(_folder, "lock.json");
        ImageLock.Write(path, [Entry("z:1", _a), Entry("a:1", _a)]);
        ImageLock.Write(path, [Entry("a:1", _b)]);

        var read = ImageLock.Read(path, isComplete: true);
        Assert.Equal(["a:1", "z:1"], read.Userlands.Select(entry => entry.Id));
        Assert.Equal(_b, read.Find("a:1")!.Digest);
        Assert.Null(read.Find("b:1"));
        Assert.Equal(File.ReadAllText(path), ImageLock.Text(read.Userlands));
    }

    [Theory]
    [InlineData("not json", "is not a lock")]
    [InlineData("{}", "schema_version must be 1")]
    [InlineData("""{"schema_version": 2, "userlands": []}""", "schema_version must be 1")]
    [InlineData("""{"schema_version": 1, "userlands": [], "more": 1}""", "is not a lock")]
    [InlineData("""{"schema_version": 1, "userlands": [{"id": "a:1", "image": "a:1", "digest": "sha256:12", "architecture": "amd64", "provenance": {"kind": "engine"}}]}""", "is not a digest")]
    public void What_is_no_lock_is_one_line_with_the_remedy(string text, string says)
    {
        var message = Assert.Throws<HarnessException>(() => ImageLock.Parse(text, "my.lock", isComplete: true)).Message;

        Assert.Contains("my.lock", message, StringComparison.Ordinal);
        Assert.Contains(says, message, StringComparison.Ordinal);
        Assert.Contains("images lock", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void A_userland_that_is_there_twice_is_an_error() =>
        Assert.Contains("twice", Assert.Throws<HarnessException>(() => ImageLock.Parse(ImageLock.Text([Entry("a:1", _a), Entry("a:1", _b)]), "l", true)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_merged_runs_lock_has_an_entry_for_each_architecture_and_for_each_hosts_own_image()
    {
        var made = new Provenance { Kind = "busybox" };
        var own = System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "amd64";
        var read = ImageLock.Parse(
            ImageLock.Text([Entry("a:1", _a), Entry("a:1", _b) with { Architecture = "arm64" }, Entry("b:1", _b) with { Provenance = made }, Entry("b:1", _a) with { Provenance = made }]), "l", true);

        Assert.Equal(own, read.FindAll("a:1")[0].Architecture);
        Assert.Equal([_a, _b], read.FindAll("b:1").Select(entry => entry.Digest));
        Assert.Contains("twice", Assert.Throws<HarnessException>(() => ImageLock.Parse(ImageLock.Text([Entry("b:1", _b) with { Provenance = made }, Entry("b:1", _a)]), "l", true)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_is_the_locked_one_by_id_by_repository_digest_or_by_the_layer_made_here()
    {
        var entry = Entry("a:1", _a) with { ImageId = _b };
        Assert.True(LockedImages.IsIt(new ImageInspection { Id = _b }, entry));
        Assert.True(LockedImages.IsIt(new ImageInspection { Id = "sha256:0", RepositoryDigests = ["other/name@" + _a] }, entry));
        Assert.False(LockedImages.IsIt(new ImageInspection { Id = "sha256:0", RepositoryDigests = ["a@" + _b] }, entry));

        var made = entry with { Provenance = new Provenance { Kind = "busybox", LayerSha256 = "12" } };
        Assert.True(LockedImages.IsIt(new ImageInspection { Id = "sha256:0", Layers = ["sha256:12"] }, made));
        Assert.False(LockedImages.IsIt(new ImageInspection { Id = "sha256:0", Layers = ["sha256:12", "sha256:13"] }, made));
    }

    [Theory]
    [InlineData("debian:12", "debian:12", "debian")]
    [InlineData("docker.io/library/debian:12", "debian:12", "docker.io/library/debian")]
    [InlineData("docker.io/debian/eol:etch", "debian/eol:etch", "docker.io/debian/eol")]
    [InlineData("localhost:5000/a/b@sha256:00", "localhost:5000/a/b", "localhost:5000/a/b")]
    [InlineData("quay.io/c/d", "quay.io/c/d", "quay.io/c/d")]
    public void A_repository_has_one_name_for_engines_and_one_for_pulling(string reference, string familiar, string repository)
    {
        Assert.Equal(familiar.LastIndexOf(':') > familiar.LastIndexOf('/') ? familiar[..familiar.LastIndexOf(':')] : familiar, ImageReference.Parse(reference).Familiar);
        Assert.Equal(repository, ImageReference.Parse(reference).Repository);
    }

    [Theory]
    [InlineData("debian:12", "harness/debian:12")]
    [InlineData("busybox", "harness/busybox:latest")]
    [InlineData("localhost:5000/team/Base:1@sha256:12", "harness/localhost:5000-team-base-1-sha256-12")]
    public void Every_userland_has_a_legal_name_for_its_image(string userland, string name) => Assert.Equal(name, ImageNames.Of(userland));

    [Theory]
    [InlineData("localhost:5000/harness", "localhost:5000/harness")]
    [InlineData("registry.example/a/b/", "registry.example/a/b")]
    public void A_place_for_images_is_a_registry_and_a_prefix(string text, string prefix) => Assert.Equal(prefix, Assert.IsType<ImageMirror.InRegistry>(ImageMirror.Parse(text)).Prefix);

    [Theory]
    [InlineData("")]
    [InlineData("oci:")]
    [InlineData("harness")]
    [InlineData("localhost:5000")]
    [InlineData("http://localhost:5000/a")]
    [InlineData("localhost:5000/a:tag")]
    public void Anything_else_is_an_error_that_shows_how_to_write_it(string text) =>
        Assert.Contains("localhost:5000/harness", Assert.Throws<HarnessException>(() => ImageMirror.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_layout_is_a_folder() => Assert.Equal("/tmp/x", Assert.IsType<ImageMirror.InLayout>(ImageMirror.Parse("oci:/tmp/x")).Folder);

    private static UserlandLock Entry(string id, string digest) =>
        new() { Id = id, Image = "docker.io/library/" + id, Digest = digest, Architecture = "amd64", Provenance = new Provenance { Kind = "registry" } };
}
