namespace Harness.Core.Planning;

/// <summary>An engine of a run that has a name of its own: cells and rows bear it.</summary>
/// <param name="Name">As in <c>NAME/runc</c>.</param>
/// <param name="Where">Its address, <see cref="Private"/>, or <see cref="RuntimeNames.DockerInVm"/>.</param>
public sealed record NamedEngine(string Name, string Where)
{
    /// <summary>In the place of an address: one that the harness starts and ends.</summary>
    public const string Private = "private";

    /// <summary>Whether the harness starts it on this host.</summary>
    public bool IsPrivate => Where == Private;

    /// <summary>Whether the harness boots a VM for it.</summary>
    public bool IsInVm => Name == RuntimeNames.DockerInVm;
}
