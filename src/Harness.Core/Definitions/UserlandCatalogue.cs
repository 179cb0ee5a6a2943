#pragma warning disable CA1812 // Instantiated by the YAML deserialiser.
namespace Harness.Core.Definitions;

/// <summary>The known userlands, by id.</summary>
/// <param name="Userlands">In the order of the files.</param>
public sealed record UserlandCatalogue(ImmutableArray<UserlandDefinition> Userlands)
{
    /// <summary>Reads a <c>userlands.yaml</c>.</summary>
    /// <exception cref="HarnessException">The file cannot be read or is wrong.</exception>
    public static UserlandCatalogue Read(string path)
    {
        var yaml = YamlFile.Read<CatalogueYaml>(path);
        var check = new Check(path);
        check.That(yaml.Schema == 1, "schema: must be 1");
        var userlands = (yaml.Userlands ?? []).Select(userland =>
        {
            var id = check.Text(userland.Id, "id");
            check.That(!id.AsSpan().ContainsAny('|', '\n', '\t'), $"{id}: id may not hold '|', tabs or newlines");
            var recipe = userland.Bootstrap;
            check.That(recipe is not null || userland.Images is { Count: > 0 }, $"{id}: images or bootstrap is needed");
            check.That(recipe is null or { Kind: "busybox" } or { Kind: "debian", Suite: not null }, $"{id}: bootstrap.kind must be busybox, or debian with a suite");
            return new UserlandDefinition
            {
                Id = id,
                Images = [.. userland.Images ?? []],
                Bootstrap = recipe is null ? null : new BootstrapRecipe(recipe.Kind ?? "", recipe.Suite ?? "", recipe.Architecture ?? ""),
            };
        }).ToImmutableArray();
        check.Unique(userlands.Select(userland => userland.Id), "userlands");
        check.Done();
        return new UserlandCatalogue(userlands);
    }

    /// <summary>The userland of that id, or null.</summary>
    public UserlandDefinition? Find(string id) => Userlands.FirstOrDefault(userland => userland.Id == id);

    /// <summary>This catalogue with <paramref name="more"/>, whose entries win over equal ids.</summary>
    public UserlandCatalogue With(UserlandCatalogue more) =>
        new([.. Userlands.Where(userland => more.Find(userland.Id) is null), .. more.Userlands]);

    private sealed class CatalogueYaml
    {
        public int? Schema { get; set; }

        public List<UserlandYaml>? Userlands { get; set; }
    }

    private sealed class UserlandYaml
    {
        public string? Id { get; set; }

        public List<string>? Images { get; set; }

        public BootstrapYaml? Bootstrap { get; set; }
    }

    private sealed class BootstrapYaml
    {
        public string? Kind { get; set; }

        public string? Suite { get; set; }

        public string? Architecture { get; set; }
    }
}
