namespace Harness.Engines.Contract;

/// <summary>A login for a registry, which an engine pulls or pushes with. All empty: none.</summary>
internal sealed record RegistryLogin
{
    /// <summary>None.</summary>
    internal static RegistryLogin None { get; } = new();

    /// <summary>The user.</summary>
    internal string? Username { get; init; }

    /// <summary>The password.</summary>
    internal string? Password { get; init; }

    /// <summary>A token that stands for both.</summary>
    internal string? IdentityToken { get; init; }

    /// <summary>Under which name the login is kept.</summary>
    internal string? ServerAddress { get; init; }

    /// <summary>Whether there is anything that others must not read.</summary>
    internal bool IsSecret => !string.IsNullOrEmpty(Password) || !string.IsNullOrEmpty(IdentityToken);

    /// <summary>Nothing of it: a login must end in no message and no log.</summary>
    public override string ToString() => nameof(RegistryLogin);
}
