#pragma warning disable CA1812 // Instantiated by the YAML deserialiser.
namespace Harness.Core.Definitions;

/// <summary>The claims as people state them, by id: <c>claims.yaml</c>.</summary>
public static class ClaimTexts
{
    /// <summary>Reads the file.</summary>
    /// <exception cref="HarnessException">It cannot be read or is wrong.</exception>
    public static ImmutableSortedDictionary<string, string> Read(string path) => Texts(path, claim => claim.Text);

    /// <summary>
    /// What those who state a claim mean by it, of the claims that say so: <c>qualified</c> is a claim that holds there and not everywhere.
    /// Files of older runs say it of none.
    /// </summary>
    /// <exception cref="HarnessException">It cannot be read or is wrong.</exception>
    public static ImmutableSortedDictionary<string, string> OrdinaryScopes(string path) => Texts(path, claim => claim.OrdinaryScope);

    private static ImmutableSortedDictionary<string, string> Texts(string path, Func<ClaimYaml, string?> text)
    {
        var yaml = YamlFile.Read<ClaimsYaml>(path);
        var check = new Check(path);
        check.That(yaml.Schema == 1, "schema: must be 1");
        var claims = (yaml.Claims ?? []).Select(claim => (Id: check.Text(claim.Id, "id"), Stated: check.Text(claim.Text, $"{claim.Id}: text"), Text: text(claim))).ToList();
        check.Unique(claims.Select(claim => claim.Id), "claims");
        check.Done();
        return claims.Where(claim => claim.Text is not null).ToImmutableSortedDictionary(claim => claim.Id, claim => claim.Text!, StringComparer.Ordinal);
    }

    private sealed class ClaimsYaml
    {
        public int? Schema { get; set; }

        public List<ClaimYaml>? Claims { get; set; }
    }

    private sealed class ClaimYaml
    {
        public string? Id { get; set; }

        public string? Text { get; set; }

        public string? OrdinaryScope { get; set; }
    }
}
