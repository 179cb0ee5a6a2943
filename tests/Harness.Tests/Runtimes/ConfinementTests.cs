using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Images.Userlands;

namespace Harness.Tests.Runtimes;

public sealed class ConfinementTests
{
    private static readonly UserlandDefinition _debian = new() { Id = "debian:12", Images = ["debian:12"], Bootstrap = new BootstrapRecipe("debian", "bookworm", "") };
    private static readonly UserlandDefinition _evil = new() { Id = "evil/image:1", Images = ["evil/image:1"] };
    private static readonly UserlandDefinition _made = new() { Id = "mine:1", Bootstrap = new BootstrapRecipe("debian", "trixie", "") };
    private static readonly UserlandCatalogue _repository = new([_debian]);

    [Theory]
    [InlineData("/host", "", false)]
    [InlineData("/qemu", "", false)]
    [InlineData("/runsc", "", false)]
    [InlineData("/namespaces", "", true)]
    [InlineData("/runc", "", true)]
    [InlineData("/crun", "cache=cold", true)]
    [InlineData("docker/runc", "", false)]
    [InlineData("docker/runc", "caps=none;net=bridge", false)]
    [InlineData("docker/runc", "seccomp=unconfined", true)]
    [InlineData("docker/runc", "caps=+sys_admin", true)]
    [InlineData("docker/crun", "caps=none;seccomp=unconfined", true)]
    [InlineData("docker/runsc", "seccomp=unconfined", false)]
    public void An_unknown_image_runs_only_where_it_is_confined_as_in_an_engines_container(string runtime, string variant, bool refused)
    {
        var cell = Cell.Parse($"{_evil.Id}|host|{runtime}||{variant}");

        Assert.Equal(refused, Confinement.Gap(cell) is not null);
        var refusal = new Origins(_repository).Refusal(cell, _repository.With(new([_evil])));
        Assert.Equal(refused, refusal is not null);
        if (refusal is not null)
        {
            Assert.Contains(runtime, refusal, StringComparison.Ordinal);
            Assert.Contains("--allow-unconfined", refusal, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', refusal);
        }
    }

    [Fact]
    public void A_userland_of_the_repository_and_one_made_here_from_packages_run_everywhere()
    {
        var catalogue = _repository.With(new([_made]));
        foreach (var userland in new[] { _debian, _made })
            Assert.Null(new Origins(_repository).Refusal(Cell.Parse($"{userland.Id}|host|/namespaces||"), catalogue));
    }

    [Fact]
    public void An_entry_that_keeps_a_known_id_and_names_another_image_is_unknown()
    {
        var posing = _debian with { Images = ["evil/debian:12"] };

        Assert.Equal("evil/debian:12", new Origins(_repository).Unknown(posing));
        Assert.Null(new Origins(_repository).Unknown(_debian with { Images = ["docker.io/library/debian:12-slim"] }));
    }

    [Theory]
    [InlineData("evil/debian:12", true)]
    [InlineData("docker.io/library/debian:12", false)]
    [InlineData("harness/debian:12", false)]
    [InlineData("localhost:5000/mine/debian:12", false)]
    public void A_lock_that_names_another_image_for_a_known_id_is_unknown(string image, bool unknown)
    {
        var entry = new UserlandLock
        {
            Id = "debian:12",
            Image = image,
            Digest = "sha256:" + new string('a', 64),
            Architecture = "amd64",
            Provenance = new Provenance { Kind = "registry" },
        };
        var origins = new Origins(_repository, new ImageLock("l", [entry], IsComplete: true), new ImageMirror.InRegistry("localhost:5000/mine"));

        Assert.Equal(unknown ? image : null, origins.Unknown(_debian));
    }
}
