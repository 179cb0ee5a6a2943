using Harness.Images.Packages;
using Harness.Images.Userlands;

namespace Harness.Tests.Runtimes;

public sealed class AptSourcesTests
{
    [Fact]
    public void One_line_sources_are_read_with_options_and_without_comments()
    {
        var sources = AptSources.OneLine("""
            # deb http://old.example/debian buster main
            deb http://mirror.example/debian bookworm main contrib # the archive
            deb [arch=amd64 signed-by=/usr/share/keyrings/a.gpg] http://other.example/apt stable main
            deb-src http://mirror.example/debian bookworm main
            """);

        Assert.Equal(["http://mirror.example/debian bookworm", "http://other.example/apt stable"], sources.Select(source => $"{source.Uri} {source.Suite}"));
        Assert.Equal(["main", "contrib"], sources[0].Components);
    }

    [Fact]
    public void Deb822_stanzas_give_every_pair_of_address_and_suite()
    {
        var sources = AptSources.Deb822("""
            Types: deb deb-src
            # a comment within a stanza
            URIs: http://mirror.example/debian
            Suites: bookworm bookworm-updates
            Components: main
             contrib
            Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

            Types: deb
            Enabled: no
            URIs: http://off.example/debian
            Suites: sid
            Components: main
            """);

        Assert.Equal(["bookworm", "bookworm-updates"], sources.Select(source => source.Suite));
        Assert.All(sources, source => Assert.Equal(["main", "contrib"], source.Components));
    }

    [Fact]
    public void The_mirror_is_the_users_before_the_environments_before_the_machines()
    {
        AptSource[] own = [new("http://own.example/debian/", "bookworm", ["main"])];
        var option = new Dictionary<string, string> { ["debian"] = "http://option.example" };

        Assert.Equal("http://option.example", Mirrors.Debian(option, "http://environment.example", true, "bookworm", own));
        Assert.Equal("http://environment.example", Mirrors.Debian(new Dictionary<string, string>(), "http://environment.example", true, "bookworm", own));
        Assert.Equal("http://own.example/debian", Mirrors.Debian(new Dictionary<string, string>(), null, true, "bookworm", own));
    }

    [Theory]
    [InlineData("http://m.example/debian-security", "bookworm-security", "main")]
    [InlineData("http://m.example/debian", "bookworm-updates", "main")]
    [InlineData("http://vendor.example/node", "nodistro", "main")]
    [InlineData("http://m.example/debian", "bookworm", "contrib")]
    [InlineData("cdrom:[Debian]/", "bookworm", "main")]
    public void An_archive_that_is_not_all_of_Debian_is_no_mirror(string uri, string suite, string component) =>
        Assert.Null(Mirrors.Debian(new Dictionary<string, string>(), null, true, "bookworm", [new(uri, suite, [component])]));

    [Fact]
    public void On_another_distribution_only_an_archive_named_debian_is_a_mirror()
    {
        AptSource[] sources = [new("http://m.example/ubuntu", "noble", ["main"]), new("http://m.example/debian", "trixie", ["main"])];

        Assert.Equal("http://m.example/debian", Mirrors.Debian(new Dictionary<string, string>(), null, false, "noble", sources));
        Assert.Null(Mirrors.Debian(new Dictionary<string, string>(), null, false, "noble", sources[..1]));
    }

    [Fact]
    public void The_date_of_a_release_is_its_Date_field() =>
        Assert.Equal(
            new DateTimeOffset(2026, 7, 11, 10, 16, 37, TimeSpan.Zero),
            DebianBootstrap.ParseReleaseDate("Origin: Debian\nDate: Sat, 11 Jul 2026 10:16:37 UTC\nValid-Until: Sat, 18 Jul 2026 10:16:37 UTC\n"));

    [Fact]
    public void Packages_are_read_from_dpkgs_status() =>
        Assert.Equal(
            [new("bash", "5.2.15-2+b7"), new("libc6", "2.36-9+deb12u10")],
            DebianBootstrap.ParseStatus("Package: libc6\nStatus: install ok installed\nVersion: 2.36-9+deb12u10\nDescription: x\n Version: no\n\nPackage: bash\nVersion: 5.2.15-2+b7\n"));
}
