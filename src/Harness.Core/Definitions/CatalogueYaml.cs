#pragma warning disable CA1812 // Instantiated by the YAML deserialiser.
namespace Harness.Core.Definitions;

/// <summary>The shape of <c>userlands.yaml</c>, <c>kernels.yaml</c> and a user's catalogue of both; every key is optional here so that the checks can name what is missing.</summary>
internal sealed class CatalogueYaml
{
    public int? Schema { get; set; }

    public List<UserlandYaml>? Userlands { get; set; }

    public List<KernelYaml>? Kernels { get; set; }
}

internal sealed class KernelYaml
{
    public string? Id { get; set; }

    public string? Distribution { get; set; }

    public string? Version { get; set; }

    public bool? Usual { get; set; }

    public bool? Oldest { get; set; }

    public bool? Newest { get; set; }

    public KernelPackageYaml? Package { get; set; }

    public string? Path { get; set; }

    public string? Modules { get; set; }

    public string? Config { get; set; }
}

internal sealed class KernelPackageYaml
{
    public string? Kind { get; set; }

    public string? Suite { get; set; }

    public string? Flavour { get; set; }
}

internal sealed class UserlandYaml
{
    public string? Id { get; set; }

    public string? Distribution { get; set; }

    public string? Family { get; set; }

    public string? Version { get; set; }

    public LibcYaml? Libc { get; set; }

    public string? Released { get; set; }

    public string? EndOfLife { get; set; }

    public bool? Rolling { get; set; }

    public List<string>? Sources { get; set; }

    public List<string>? Images { get; set; }

    public List<string>? Platforms { get; set; }

    public string? Tier { get; set; }

    public BootstrapYaml? Bootstrap { get; set; }
}

internal sealed class LibcYaml
{
    public string? Kind { get; set; }

    public string? Version { get; set; }
}

internal sealed class BootstrapYaml
{
    public string? Kind { get; set; }

    public string? Suite { get; set; }

    public string? Architecture { get; set; }

    public List<string>? Packages { get; set; }

    public Dictionary<string, string>? Links { get; set; }
}
