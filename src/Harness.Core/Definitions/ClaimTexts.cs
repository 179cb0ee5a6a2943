#pragma warning disable CA1812 // Instantiated by the YAML deserialiser.
namespace Harness.Core.Definitions;

/// <summary>The claims as people state them, by id: <c>claims.yaml</c>.</summary>
public static class ClaimTexts
{
    /// <summary>Reads the file.</summary>
    /// <exception cref="HarnessException">It cannot be read or is wrong.</exception>
    public static ImmutableSortedDictionary<string, string> Read(string path)
    {
        var yaml = YamlFile.Read<ClaimsYaml>(path);
        var check = new Check(path);
        check.That(yaml.Schema == 1, "schema: must be 1");
        var claims = (yaml.Claims ?? []).Select(claim => (Id: check.Text(claim.Id, "id"), Text: check.Text(claim.Text, $"{claim.Id}: text"))).ToList();
        check.Unique(claims.Select(claim => claim.Id), "claims");
        check.Done();
        return claims.ToImmutableSortedDictionary(claim => claim.Id, claim => claim.Text, StringComparer.Ordinal);
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
    }
}
