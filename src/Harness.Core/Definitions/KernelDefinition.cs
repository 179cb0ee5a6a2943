namespace Harness.Core.Definitions;

/// <summary>A kernel that a virtual machine can boot. Which release it is, is observed.</summary>
public sealed record KernelDefinition
{
    /// <summary>The kernel of the machine itself, which needs no definition.</summary>
    public const string Host = "host";

    /// <summary>Unique.</summary>
    public required string Id { get; init; }

    /// <summary>The distribution whose kernel it is, as its os-release spells <c>ID</c>; empty where not stated, as of a kernel of the user's own.</summary>
    public string Distribution { get; init; } = "";

    /// <summary>That distribution's version, as its os-release spells <c>VERSION_ID</c>; empty where it has none, as a suite that is not released.</summary>
    public string Version { get; init; } = "";

    /// <summary>The one that timed experiments boot, and that rows which name no kernel mean.</summary>
    public bool IsUsual { get; init; }

    /// <summary>The oldest that experiments boot which ask how far back something holds.</summary>
    public bool IsOldest { get; init; }

    /// <summary>The newest, for those that ask how far on.</summary>
    public bool IsNewest { get; init; }

    /// <summary>Where it is packaged; null for a file of the user's own.</summary>
    public KernelPackage? Package { get; init; }

    /// <summary>Absolute path of a kernel image; empty where it comes from a package.</summary>
    public string Path { get; init; } = "";

    /// <summary>With <see cref="Path"/>: absolute path of the folder with its modules, or empty.</summary>
    public string Modules { get; init; } = "";

    /// <summary>With <see cref="Path"/>: absolute path of its configuration, or empty.</summary>
    public string Config { get; init; } = "";
}

/// <summary>The newest kernel of a flavour in a suite of a distribution.</summary>
/// <param name="Kind"><c>debian</c>.</param>
/// <param name="Suite">Its code name.</param>
/// <param name="Flavour">As package names end, <c>cloud-amd64</c>.</param>
public sealed record KernelPackage(string Kind, string Suite, string Flavour);
