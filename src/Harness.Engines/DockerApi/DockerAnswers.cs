using Docker.DotNet.Models;
using Harness.Engines.Contract;

namespace Harness.Engines.DockerApi;

/// <summary>What an engine answers by Docker's API, in the harness's words. Engines leave out what others send, whatever the library's types say.</summary>
internal static class DockerAnswers
{
    // What Podman calls a namespace of the container's own; Docker leaves the word out.
    private const string Private = "private";

    private static readonly ImmutableSortedDictionary<string, string> NoLabels = ImmutableSortedDictionary<string, string>.Empty.WithComparers(StringComparer.Ordinal);

    /// <summary>How a container is.</summary>
    internal static ContainerState? State(ContainerInspectResponse told) =>
        told.State is { } state ? new ContainerState((int)state.Pid, (int)state.ExitCode, state.OOMKilled) : null;

    /// <summary>What was made.</summary>
    internal static ContainerInspection Container(ContainerInspectResponse told) => new()
    {
        Image = told.Image,
        AskedImage = told.Config?.Image,
        TellsHealthCheck = told.Config is not null,
        HealthCheck = Array(told.Config?.Healthcheck?.Test),
        Host = told.HostConfig is { } host ? Host(host) : null,
    };

    /// <summary>Podman's answer in the words of Docker's: it names defaults that Docker leaves out, and calls every runtime <c>oci</c>.</summary>
    internal static ContainerInspection OfPodman(ContainerInspection told, string runtime) => told.Host is not { } host ? told : told with
    {
        Host = host with
        {
            Runtime = Libpod.Name(runtime),
            PidMode = host.PidMode == Private ? "" : host.PidMode,
            UtsMode = host.UtsMode == Private ? "" : host.UtsMode,
            Ulimits = [.. host.Ulimits.Select(limit => limit.Name.StartsWith("RLIMIT_", StringComparison.Ordinal) ? limit with { Name = limit.Name[7..].ToLowerInvariant() } : limit)],
        },
    };

    /// <summary>A container in a list.</summary>
    internal static ContainerSummary Summary(ContainerListResponse told) =>
        new(told.ID, told.Names is [var name, ..] ? name.TrimStart('/') : told.ID, told.State == "running", Labels(told.Labels));

    /// <summary>An image.</summary>
    internal static ImageInspection Image(ImageInspectResponse told) => new()
    {
        Id = told.ID,
        Architecture = told.Architecture ?? "",
        Size = told.Size,
        RepositoryDigests = Array(told.RepoDigests),
        Layers = Array(told.RootFS?.Layers),
        Volumes = Array(told.Config?.Volumes?.Keys),
        Labels = Labels(told.Config?.Labels),
    };

    /// <summary>An image in a list.</summary>
    internal static ImageSummary Summary(ImagesListResponse told) => new(told.ID, Array(told.RepoTags));

    /// <summary>A word.</summary>
    internal static EngineWord Word(JSONMessage told) => new(told.ID, told.Status, told.Progress?.Current, told.Progress?.Total, told.Error?.Message);

    private static ContainerHost Host(HostConfig told) => new()
    {
        Runtime = told.Runtime,
        SecurityOptions = told.SecurityOpt is null ? null : Array(told.SecurityOpt),
        IsPrivileged = told.Privileged,
        Network = told.NetworkMode,
        PidMode = told.PidMode,
        IpcMode = told.IpcMode,
        UtsMode = told.UTSMode,
        UserMode = told.UsernsMode,
        AddedCapabilities = Array(told.CapAdd),
        DroppedCapabilities = Array(told.CapDrop),
        Memory = told.Memory,
        Processes = told.PidsLimit ?? 0,
        MountsAreReadOnly = told.Mounts?.All(mount => mount.ReadOnly == true) != false,
        HasInit = told.Init == true,
        Ulimits = [.. (told.Ulimits ?? []).Select(limit => new ContainerUlimit(limit.Name ?? "", limit.Soft, limit.Hard))],
    };

    private static ImmutableArray<string> Array(IEnumerable<string>? told) => [.. told ?? []];

    private static ImmutableSortedDictionary<string, string> Labels(IDictionary<string, string>? told) => told is null ? NoLabels : NoLabels.AddRange(told);
}
