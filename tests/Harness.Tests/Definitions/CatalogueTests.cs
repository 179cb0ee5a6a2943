using System.Text.RegularExpressions;
using Harness.Core.Definitions;

namespace Harness.Tests.Definitions;

public sealed partial class CatalogueTests
{
    private static readonly DateOnly _firstLinux = new(1991, 8, 25);

    private static UserlandCatalogue Shipped { get; } =
        UserlandCatalogue.Read(Path.Combine(ExperimentsFolder.FindRepository(AppContext.BaseDirectory)!, "experiments", "userlands.yaml"));

    [Fact]
    public void There_are_at_least_sixty_distribution_and_version_pairs() =>
        Assert.True(Shipped.Userlands.Select(userland => (userland.Distribution, userland.Version)).Distinct().Count() >= 60);

    [Fact]
    public void Ids_are_unique_and_name_distribution_and_version()
    {
        Assert.Equal(Shipped.Userlands.Length, Shipped.Userlands.Select(userland => userland.Id).Distinct().Count());
        Assert.Equal("scratch", Assert.Single(Shipped.Userlands, IsEmpty).Id);
        Assert.All(Shipped.Userlands.Where(userland => !IsEmpty(userland)), userland =>
        {
            Assert.Matches("^[a-z0-9-]+:[a-z0-9.-]+$", userland.Id);
            Assert.NotEmpty(userland.Distribution);
            Assert.NotEmpty(userland.Version);
            Assert.Matches($"^{Regex.Escape($"{userland.Distribution}:{userland.Version}")}(-|$)", userland.Id);
        });
    }

    [Fact]
    public void The_quick_tier_has_at_most_eight_and_needs_no_registry()
    {
        var quick = Shipped.Userlands.Where(userland => userland.Tier == UserlandTier.Quick).ToList();
        Assert.InRange(quick.Count, 1, 8);
        Assert.All(quick, userland => Assert.NotNull(userland.Bootstrap));
        Assert.Superset(new HashSet<string> { "busybox:static", "debian:11", "debian:12", "debian:13" }, quick.Select(userland => userland.Id).ToHashSet());
    }

    [Fact]
    public void Every_userland_can_be_had_from_an_image_or_a_recipe() =>
        Assert.All(Shipped.Userlands, userland => Assert.True(userland.Images.Length > 0 || userland.Bootstrap is not null, userland.Id));

    [Fact]
    public void Every_userland_says_which_libc_it_has() => Assert.All(Shipped.Userlands, userland => Assert.NotNull(userland.Libc));

    [Fact]
    public void Dates_are_plausible_and_the_release_comes_before_the_end() => Assert.All(Shipped.Userlands, userland =>
    {
        foreach (var date in new[] { userland.Released, userland.EndOfLife }.OfType<PartialDate>())
        {
            Assert.InRange(date.First, _firstLinux, new DateOnly(2040, 1, 1));
        }

        if (userland is { Released: { } released, EndOfLife: { } end })
        {
            Assert.True(released.First < end.First, userland.Id);
        }
    });

    [Fact]
    public void Whatever_states_a_date_or_a_version_of_libc_names_a_source() => Assert.All(
        Shipped.Userlands.Where(userland => userland.Released is not null || userland.EndOfLife is not null || userland.Libc is { Version.Length: > 0 }),
        userland =>
        {
            Assert.NotEmpty(userland.Sources);
            Assert.All(userland.Sources, source => Assert.True(Uri.TryCreate(source, UriKind.Absolute, out var uri) && uri.Scheme == "https", source));
        });

    [Fact]
    public void Rolling_userlands_state_no_release_and_no_version_of_libc() => Assert.All(
        Shipped.Userlands.Where(userland => userland.Rolling),
        userland =>
        {
            Assert.Null(userland.Released);
            Assert.Equal("", userland.Libc?.Version);
        });

    [Fact]
    public void Images_are_fully_qualified_tagged_and_named_once()
    {
        var images = Shipped.Userlands.SelectMany(userland => userland.Images).ToList();
        Assert.All(images, image => Assert.Matches(QualifiedImage(), image));
        Assert.Equal(images.Count, images.Distinct().Count());
    }

    [Fact]
    public void Userlands_with_images_say_for_which_platforms() => Assert.All(
        Shipped.Userlands.Where(userland => userland.Images.Length > 0),
        userland => Assert.NotEmpty(userland.Platforms));

    [Fact]
    public void A_user_s_entry_needs_an_id_and_an_image_or_a_recipe_alone()
    {
        using var file = new DefinitionFile();
        var catalogue = file.Catalogue(
            """
            schema: 1
            userlands:
              - id: mine:1
                images: [localhost:5000/mine:1]
              - id: mine:2
                bootstrap: {kind: debian, suite: bookworm}
            """);
        Assert.Equal("localhost:5000/mine:1", Assert.Single(catalogue.Find("mine:1")!.Images));
        Assert.Equal(new BootstrapRecipe("debian", "bookworm", ""), catalogue.Find("mine:2")!.Bootstrap);
    }

    [Fact]
    public void Every_key_is_read()
    {
        using var file = new DefinitionFile();
        var userland = Assert.Single(file.Catalogue(
            """
            schema: 1
            userlands:
              - id: debian:12-i386
                distribution: debian
                version: 12
                libc: {kind: glibc, version: 2.36}
                released: 2023-06-10
                end_of_life: 2026-07
                sources: [https://example.org/debian]
                images: [docker.io/i386/debian:12]
                platforms: [linux/386, linux/arm/v7]
                tier: quick
                bootstrap: {kind: debian, suite: bookworm, architecture: i386, packages: [systemd-sysv, udev]}
            """).Userlands);
        Assert.Equal(("debian", "12"), (userland.Distribution, userland.Version));
        Assert.Equal(new LibcDefinition(LibcKind.Glibc, "2.36"), userland.Libc);
        Assert.Equal(new PartialDate(new DateOnly(2023, 6, 10), "2023-06-10"), userland.Released);
        Assert.Equal(new PartialDate(new DateOnly(2026, 7, 1), "2026-07"), userland.EndOfLife);
        Assert.False(userland.Rolling);
        Assert.Equal(["https://example.org/debian"], userland.Sources);
        Assert.Equal(["docker.io/i386/debian:12"], userland.Images);
        Assert.Equal(["linux/386", "linux/arm/v7"], userland.Platforms);
        Assert.Equal(UserlandTier.Quick, userland.Tier);
        Assert.Equal(new BootstrapRecipe("debian", "bookworm", "i386") { Packages = ["systemd-sysv", "udev"] }, userland.Bootstrap);
        Assert.NotEqual(new BootstrapRecipe("debian", "bookworm", "i386"), userland.Bootstrap);
    }

    [Fact]
    public void A_user_s_entry_wins_over_the_shipped_one_of_the_same_id()
    {
        var mine = new UserlandCatalogue([new UserlandDefinition { Id = "debian:12", Images = ["mine"] }]);
        Assert.Equal(["mine"], Shipped.With(mine).Find("debian:12")!.Images);
        Assert.Equal(Shipped.Userlands.Length, Shipped.With(mine).Userlands.Length);
    }

    [Theory]
    [InlineData("    imagse: [b]", "userlands.yaml:5: unknown key 'imagse'")]
    [InlineData("    bootstrap: {kind: busybox, packages: [udev]}", "userlands.yaml: a:1: bootstrap.packages: needs kind debian or unpacked")]
    [InlineData("    bootstrap: {kind: debian, suite: sid, links: {bin/sh: dash}}", "userlands.yaml: a:1: bootstrap.links: needs kind unpacked")]
    [InlineData("    bootstrap: {kind: unpacked, suite: sid, packages: [dash], links: {../sh: dash}}", "userlands.yaml: a:1: bootstrap.links: write {bin/sh: bash-static}, the path without a leading slash, neither with ..")]
    [InlineData("    family: Red Hat", "userlands.yaml: a:1: family: 'Red Hat' is not a family: write redhat")]
    [InlineData("    bootstrap: {kind: debian, suite: sid, packages: [--hook]}", "userlands.yaml: a:1: bootstrap.packages: '--hook' is not understood: write systemd-sysv")]
    [InlineData("    bootstrap: debian", "userlands.yaml:5: expected a mapping here, e.g. {key: value}")]
    [InlineData("    sources: https://example.org", "userlands.yaml:5: expected a list here, e.g. [a, b]")]
    [InlineData("    tier: [quick]", "userlands.yaml:5: expected one value here, not a list or a mapping")]
    [InlineData("    released: 10.06.2023", "userlands.yaml: a:1: released: '10.06.2023' is not a date: write 2023-06-10 or 2023-06")]
    [InlineData("    released: 2023-02-30", "userlands.yaml: a:1: released: '2023-02-30' is not a date: write 2023-06-10 or 2023-06")]
    [InlineData("    end_of_life: soon", "userlands.yaml: a:1: end_of_life: 'soon' is not a date: write 2023-06-10 or 2023-06")]
    [InlineData("    released: 2023-06\n    end_of_life: 2022", "userlands.yaml: a:1: end_of_life: '2022' is not a date: write 2023-06-10 or 2023-06")]
    [InlineData("    released: 2023-06\n    end_of_life: 2022-06", "userlands.yaml: a:1: end_of_life: must be after released")]
    [InlineData("    released: 2023-06\n    rolling: true", "userlands.yaml: a:1: released: a rolling userland has no release date")]
    [InlineData("    libc: {kind: bionic}", "userlands.yaml: a:1: libc.kind: 'bionic' is unknown: must be glibc, musl, uclibc, klibc or none")]
    [InlineData("    libc: {version: 2.36}", "userlands.yaml: a:1: libc.kind: is missing")]
    [InlineData("    libc: {kind: none, version: 2.36}", "userlands.yaml: a:1: libc.version: needs a kind other than none")]
    [InlineData("    tier: 1", "userlands.yaml: a:1: tier: '1' is unknown: must be quick, core, full or named")]
    [InlineData("    platforms: [amd64]", "userlands.yaml: a:1: platforms: 'amd64' is not understood: write linux/amd64, linux/arm64, …")]
    [InlineData("    sources: [a book]", "userlands.yaml: a:1: sources: 'a book' is not understood: write https://…")]
    [InlineData("    bootstrap: {kind: debian}", "userlands.yaml: a:1: bootstrap.kind: must be busybox, empty, legacy, debian with a suite, or unpacked with a suite and packages")]
    [InlineData("    bootstrap: {kind: debian, suite: --help}", "userlands.yaml: a:1: bootstrap.suite: '--help' is not a suite: write bookworm")]
    [InlineData("  - id: a:1\n    images: [c]", "userlands.yaml: userlands: 'a:1' is listed twice")]
    [InlineData("  - id: b:2", "userlands.yaml: b:2: images or bootstrap is needed")]
    [InlineData("  - images: [c]", "userlands.yaml: userlands: entry 2: id: is missing")]
    [InlineData("  - id: b|2\n    images: [c]", "userlands.yaml: b|2: id: may not hold '|', spaces or newlines")]
    [InlineData("  - id: b:2\n    images: ['c d']", "userlands.yaml: b:2: images: 'c d' is not understood: write registry/name:tag or registry/name@sha256:…")]
    [InlineData("  - id: b:2\n    images: [c, c]", "userlands.yaml: b:2: images: 'c' is listed twice")]
    public void A_mistake_is_one_line_that_names_the_entry_or_the_line(string line, string mistake)
    {
        using var file = new DefinitionFile();
        Assert.Equal([mistake], file.Mistakes(it => it.Catalogue($"schema: 1\nuserlands:\n  - id: a:1\n    images: [b]\n{line}\n")));
    }

    [Fact]
    public void All_mistakes_of_a_file_are_reported_at_once()
    {
        using var file = new DefinitionFile();
        Assert.Equal(
            [
                "userlands.yaml: schema: must be 1",
                "userlands.yaml: a:1: images or bootstrap is needed",
                "userlands.yaml: a:1: released: 'x' is not a date: write 2023-06-10 or 2023-06",
                "userlands.yaml: userlands: entry 2: id: is missing",
                "userlands.yaml: userlands: entry 2: images or bootstrap is needed",
            ],
            file.Mistakes(it => it.Catalogue("userlands:\n  - id: a:1\n    released: x\n  -\n")));
    }

    [Theory]
    [InlineData("", "userlands.yaml: is empty")]
    [InlineData("schema: 1\n", "userlands.yaml: userlands: needs at least one entry")]
    public void A_catalogue_without_userlands_is_a_mistake(string yaml, string mistake)
    {
        using var file = new DefinitionFile();
        Assert.Equal([mistake], file.Mistakes(it => it.Catalogue(yaml)));
    }

    // An image without any file is of no distribution.
    private static bool IsEmpty(UserlandDefinition userland) => userland.Bootstrap is { Kind: "empty" };

    // A host with a dot, a path, and a tag that is not a digest: what a registry of any engine understands without guessing.
    [GeneratedRegex(@"^[a-z0-9-]+(\.[a-z0-9-]+)+(/[a-z0-9]+([._-][a-z0-9]+)*)+:[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$")]
    private static partial Regex QualifiedImage();
}
