namespace Harness.Core.Definitions;

/// <summary>
/// A userland of the catalogue, or one that the user named with <c>--image</c>. Only <see cref="Id"/> and one of
/// <see cref="Images"/> and <see cref="Bootstrap"/> are needed to run it; the rest describes it, and what no source states is absent.
/// </summary>
public sealed record UserlandDefinition
{
    /// <summary><c>distro:version</c>, as <c>debian:12</c>, whatever the image reference is.</summary>
    public required string Id { get; init; }

    /// <summary>The distribution, lower case, as <c>debian</c>; empty where not stated.</summary>
    public string Distribution { get; init; } = "";

    /// <summary>Which distributions it is kin to, as <c>redhat</c> for CentOS and its rebuilds: what tables and figures group by. The distribution where nothing else is stated.</summary>
    public string Family { get; init; } = "";

    /// <summary>The distribution's version, or a stream's name, as <c>12</c>, <c>sid</c>, <c>stream9</c>; empty where not stated.</summary>
    public string Version { get; init; } = "";

    /// <summary>The C library its programs use, or null where not stated.</summary>
    public LibcDefinition? Libc { get; init; }

    /// <summary>When this version was released, or null.</summary>
    public PartialDate? Released { get; init; }

    /// <summary>When the distribution's own support open to everyone ends or ended, or null; paid extensions do not count.</summary>
    public PartialDate? EndOfLife { get; init; }

    /// <summary>It changes without releases: what it holds depends on the day, and it has no release date.</summary>
    public bool Rolling { get; init; }

    /// <summary>Where dates and versions are stated: URLs.</summary>
    public ImmutableArray<string> Sources { get; init; } = [];

    /// <summary>Image references that hold it, best first.</summary>
    public ImmutableArray<string> Images { get; init; } = [];

    /// <summary>Platforms its images are known to exist for, as <c>linux/amd64</c>; there may be more.</summary>
    public ImmutableArray<string> Platforms { get; init; } = [];

    /// <summary>Which selection it belongs to.</summary>
    public UserlandTier Tier { get; init; }

    /// <summary>How to make it from packages, or null.</summary>
    public BootstrapRecipe? Bootstrap { get; init; }
}

/// <summary>Which selections a userland belongs to. Each tier holds the ones after it, so that <c>full</c> holds <c>core</c>, and <c>core</c> holds <c>quick</c>.</summary>
public enum UserlandTier
{
    /// <summary>In no tier: it serves one experiment, which names it.</summary>
    Named,

    /// <summary>The whole catalogue.</summary>
    Full,

    /// <summary>Chosen so that each family, libc, package manager and age is there: what experiments about distributions take.</summary>
    Core,

    /// <summary>Also fit for short runs: made from packages within a minute, without a registry.</summary>
    Quick,
}

/// <summary>The C library of a userland.</summary>
/// <param name="Kind">Which one.</param>
/// <param name="Version">Upstream's version, as <c>2.36</c>; empty where not stated, and where it moves with a rolling userland.</param>
public sealed record LibcDefinition(LibcKind Kind, string Version);

/// <summary>The C libraries that userlands use.</summary>
public enum LibcKind
{
    /// <summary>The GNU C library, and eglibc, which kept its versions.</summary>
    Glibc,

    /// <summary>musl.</summary>
    Musl,

    /// <summary>uClibc and uClibc-ng.</summary>
    Uclibc,

    /// <summary>klibc, the small one of early boot.</summary>
    Klibc,

    /// <summary>No C library to load: its programs are linked statically.</summary>
    None,
}

/// <summary>How a userland is made from the distribution's packages.</summary>
/// <param name="Kind"><c>debian</c> (mmdebstrap), <c>unpacked</c> (the files of the packages that are named, and nothing that they depend on), <c>busybox</c> (one static program) or <c>empty</c> (no file at all).</param>
/// <param name="Suite">Debian's code name; empty for the other kinds.</param>
/// <param name="Architecture">Debian's name of the architecture; empty for the machine's own.</param>
public sealed record BootstrapRecipe(string Kind, string Suite, string Architecture)
{
    /// <summary>Whether an image of that kind is made of the host's own program, so that hosts have different ones.</summary>
    public static bool IsOfHost(string kind) => kind == "busybox";

    /// <summary>Packages beyond Debian's essential ones, or all of them where they are unpacked; in the order of the file.</summary>
    public ImmutableArray<string> Packages { get; init; } = [];

    /// <summary>Where unpacked: symbolic links, by their path without the leading slash, with their targets.</summary>
    public ImmutableSortedDictionary<string, string> Links { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>Equal where the same packages are named in the same order, and the same links.</summary>
    public bool Equals(BootstrapRecipe? other) => other is not null
        && (Kind, Suite, Architecture) == (other.Kind, other.Suite, other.Architecture) && Packages.SequenceEqual(other.Packages) && Links.SequenceEqual(other.Links);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Kind, Suite, Architecture, Packages.Length);
}
