namespace Harness.Core.Model;

/// <summary>
/// One point of the matrix, written <c>userland|kernel|engine/runtime|accelerator|variant</c>.
/// </summary>
/// <param name="Userland"><c>distro:version</c>, or <c>host</c> for the machine's own.</param>
/// <param name="Kernel"><c>host</c>, or the id of a kernel that a VM boots.</param>
/// <param name="Engine">What drives the runtime (<c>docker</c>, <c>podman</c>); empty where it is called directly.</param>
/// <param name="Runtime"><c>host</c>, <c>runc</c>, <c>runsc</c>, …</param>
/// <param name="Accelerator"><c>kvm</c> or <c>tcg</c> for VMs, else empty.</param>
/// <param name="Variant">Sorted <c>key=value</c> joined by <c>;</c>, defaults left out; empty for the default treatment.</param>
public sealed record Cell(string Userland, string Kernel, string Engine, string Runtime, string Accelerator, string Variant)
{
    /// <summary>The userland of plain processes: the machine's own.</summary>
    public const string HostUserland = "host";

    /// <summary>The setting of a variant whose sandboxes start with empty caches.</summary>
    public const string ColdCaches = "cache=cold";

    /// <summary>Whether its sandboxes start with empty caches.</summary>
    public bool IsCold => Variant.Split(';').Contains(ColdCaches, StringComparer.Ordinal);

    /// <summary>The cell's name, as filters and CSV have it.</summary>
    public string Name => $"{Userland}|{Kernel}|{Engine}/{Runtime}|{Accelerator}|{Variant}";

    /// <summary>The inverse of <see cref="Name"/>.</summary>
    /// <exception cref="FormatException">The text is not a cell's name.</exception>
    public static Cell Parse(string name)
    {
        var parts = name.Split('|');
        var slash = parts.Length == 5 ? parts[2].IndexOf('/', StringComparison.Ordinal) : -1;
        return slash >= 0
            ? new Cell(parts[0], parts[1], parts[2][..slash], parts[2][(slash + 1)..], parts[3], parts[4])
            : throw new FormatException($"'{name}' is not a cell: userland|kernel|engine/runtime|accelerator|variant");
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
