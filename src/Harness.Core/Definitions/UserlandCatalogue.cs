using System.Text.RegularExpressions;

namespace Harness.Core.Definitions;

/// <summary>The known userlands, by id.</summary>
/// <param name="Userlands">In the order of the files.</param>
public sealed partial record UserlandCatalogue(ImmutableArray<UserlandDefinition> Userlands)
{
    /// <summary>The version of <c>userlands.yaml</c> that is understood.</summary>
    public const int Schema = 1;

    /// <summary>Reads a <c>userlands.yaml</c>. All mistakes of a file are reported at once, one line each.</summary>
    /// <exception cref="HarnessException">The file cannot be read or is wrong.</exception>
    public static UserlandCatalogue Read(string path)
    {
        var yaml = YamlFile.Read<CatalogueYaml>(path);
        var check = new Check(path);
        check.That(yaml.Schema == Schema, $"schema: must be {Schema}");
        check.That(yaml.Userlands is { Count: > 0 } || yaml.Kernels is { Count: > 0 }, "userlands: needs at least one entry");
        var userlands = (yaml.Userlands ?? []).Select((userland, index) => Userland(userland ?? new UserlandYaml(), index + 1, check)).ToImmutableArray();
        check.Unique(userlands.Select(userland => userland.Id).Where(id => id.Length > 0), "userlands");
        check.Done();
        return new UserlandCatalogue(userlands);
    }

    /// <summary>The userland of that id, or null.</summary>
    public UserlandDefinition? Find(string id) => Userlands.FirstOrDefault(userland => userland.Id == id);

    /// <summary>This catalogue with <paramref name="more"/>, whose entries win over equal ids.</summary>
    public UserlandCatalogue With(UserlandCatalogue more) =>
        new([.. Userlands.Where(userland => more.Find(userland.Id) is null), .. more.Userlands]);

    private static UserlandDefinition Userland(UserlandYaml yaml, int number, Check check)
    {
        var id = check.Text(yaml.Id, $"userlands: entry {number}: id");
        var where = id.Length > 0 ? id : $"userlands: entry {number}";
        // The id is part of a cell's name and a column of a CSV file; --userland takes it as one word.
        check.That(!id.AsSpan().ContainsAny("| \t\r\n"), $"{where}: id: may not hold '|', spaces or newlines");
        check.That(yaml.Bootstrap is not null || yaml.Images is { Count: > 0 }, $"{where}: images or bootstrap is needed");
        check.That(yaml.Family is null || NamePattern().IsMatch(yaml.Family), $"{where}: family: '{yaml.Family}' is not a family: write redhat");
        var definition = new UserlandDefinition
        {
            Id = id,
            Distribution = yaml.Distribution?.Trim() ?? "",
            Family = (yaml.Family ?? yaml.Distribution)?.Trim() ?? "",
            Version = yaml.Version?.Trim() ?? "",
            Libc = Libc(yaml.Libc, where, check),
            Released = Date(yaml.Released, $"{where}: released", check),
            EndOfLife = Date(yaml.EndOfLife, $"{where}: end_of_life", check),
            Rolling = yaml.Rolling ?? false,
            Sources = Words(yaml.Sources, UrlPattern(), $"{where}: sources", "write https://…", check),
            Images = Words(yaml.Images, ImagePattern(), $"{where}: images", "write registry/name:tag or registry/name@sha256:…", check),
            Platforms = Words(yaml.Platforms, PlatformPattern(), $"{where}: platforms", "write linux/amd64, linux/arm64, …", check),
            Tier = Choice(yaml.Tier, UserlandTier.Full, $"{where}: tier", "quick, core, full or named", check),
            Bootstrap = Bootstrap(yaml.Bootstrap, where, check),
        };
        check.That(!definition.Rolling || definition.Released is null, $"{where}: released: a rolling userland has no release date");
        check.That(
            definition is not { Released: { } released, EndOfLife: { } end } || released.First < end.First,
            $"{where}: end_of_life: must be after released");
        return definition;
    }

    private static LibcDefinition? Libc(LibcYaml? yaml, string where, Check check)
    {
        if (yaml is null)
        {
            return null;
        }

        var kind = Choice(check.Text(yaml.Kind, $"{where}: libc.kind"), LibcKind.None, $"{where}: libc.kind", "glibc, musl, uclibc, klibc or none", check);
        check.That(kind != LibcKind.None || yaml.Kind is null || yaml.Version is null, $"{where}: libc.version: needs a kind other than none");
        return new LibcDefinition(kind, yaml.Version?.Trim() ?? "");
    }

    private static BootstrapRecipe? Bootstrap(BootstrapYaml? yaml, string where, Check check)
    {
        if (yaml is null)
        {
            return null;
        }

        check.That(yaml is { Kind: "busybox" or "empty" or "legacy" } or { Kind: "debian", Suite: not null } or { Kind: "unpacked", Suite: not null, Packages.Count: > 0 }, $"{where}: bootstrap.kind: must be busybox, empty, legacy, debian with a suite, or unpacked with a suite and packages");
        // All of them become arguments of the tool that bootstraps.
        check.That(yaml.Suite is null || NamePattern().IsMatch(yaml.Suite), $"{where}: bootstrap.suite: '{yaml.Suite}' is not a suite: write bookworm");
        check.That(yaml.Architecture is null || NamePattern().IsMatch(yaml.Architecture), $"{where}: bootstrap.architecture: '{yaml.Architecture}' is not an architecture: write i386");
        check.That(yaml.Packages is null || yaml.Kind is "debian" or "unpacked", $"{where}: bootstrap.packages: needs kind debian or unpacked");
        check.That(yaml.Links is null || yaml.Kind == "unpacked", $"{where}: bootstrap.links: needs kind unpacked");
        check.That((yaml.Links ?? []).All(link => PathPattern().IsMatch(link.Key) && TargetPattern().IsMatch(link.Value ?? "")), $"{where}: bootstrap.links: write {{bin/sh: bash-static}}, the path without a leading slash, neither with ..");
        return new BootstrapRecipe(yaml.Kind ?? "", yaml.Suite ?? "", yaml.Architecture ?? "")
        {
            Packages = Words(yaml.Packages, NamePattern(), $"{where}: bootstrap.packages", "write systemd-sysv", check),
            Links = (yaml.Links ?? []).ToImmutableSortedDictionary(link => link.Key, link => link.Value ?? "", StringComparer.Ordinal),
        };
    }

    private static PartialDate? Date(string? text, string key, Check check)
    {
        try
        {
            return text is null ? null : PartialDate.Parse(text);
        }
        catch (FormatException e)
        {
            check.That(false, $"{key}: {e.Message}");
            return null;
        }
    }

    private static T Choice<T>(string? text, T otherwise, string key, string known, Check check)
        where T : struct, Enum
    {
        if (string.IsNullOrEmpty(text))
        {
            return otherwise;
        }

        // By name only: Enum.TryParse takes numbers too.
        var found = Enum.GetValues<T>().Where(value => value.ToString().Equals(text, StringComparison.OrdinalIgnoreCase)).ToList();
        check.That(found.Count == 1, $"{key}: '{text}' is unknown: must be {known}");
        return found.Count == 1 ? found[0] : otherwise;
    }

    private static ImmutableArray<string> Words(List<string>? list, Regex pattern, string key, string remedy, Check check)
    {
        foreach (var word in list ?? [])
        {
            check.That(word is not null && pattern.IsMatch(word), $"{key}: '{word}' is not understood: {remedy}");
        }

        check.Unique((list ?? []).Where(word => word is not null), key);
        return [.. (list ?? []).Where(word => word is not null)];
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9-]*$")]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"^[A-Za-z0-9_+-][A-Za-z0-9_.+-]*(/[A-Za-z0-9_+-][A-Za-z0-9_.+-]*)*$")]
    private static partial Regex PathPattern();

    [GeneratedRegex(@"^(/?[A-Za-z0-9_+-][A-Za-z0-9_.+-]*)(/[A-Za-z0-9_+-][A-Za-z0-9_.+-]*)*$")]
    private static partial Regex TargetPattern();

    [GeneratedRegex(@"^https?://[^\s|]+$")]
    private static partial Regex UrlPattern();

    // Any reference an engine takes; that the shipped catalogue's are fully qualified is a test's concern.
    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._/:@-]*$")]
    private static partial Regex ImagePattern();

    [GeneratedRegex("^linux/[a-z0-9]+(/v[0-9]+)?$")]
    private static partial Regex PlatformPattern();
}
