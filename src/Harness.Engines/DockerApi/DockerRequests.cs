using Docker.DotNet.Models;
using Harness.Engines.Contract;

namespace Harness.Engines.DockerApi;

/// <summary>What the harness asks, in the words of Docker's API.</summary>
internal static class DockerRequests
{
    /// <summary>A container.</summary>
    internal static CreateContainerParameters Of(ContainerRequest request)
    {
        var result = new CreateContainerParameters
        {
            Name = request.Name,
            Image = request.Image,
            Entrypoint = List(request.EntryPoint)!,
            Cmd = List(request.Command)!,
            Env = List(request.Environment)!,
            AttachStdout = request.IsAttached,
            AttachStderr = request.IsAttached,
            Labels = request.Labels.ToDictionary(label => label.Name, label => label.Value, StringComparer.Ordinal),
        };
        Set(result, request);
        return result;
    }

    /// <summary>The settings that the builder of Testcontainers has no words for, or other ones.</summary>
    internal static void Set(CreateContainerParameters parameters, ContainerRequest request)
    {
        parameters.Healthcheck = request.HasNoHealthCheck ? new HealthcheckConfig { Test = ["NONE"] } : null;
        parameters.User = request.User!;
        parameters.WorkingDir = request.WorkingDirectory!;
        parameters.HostConfig = Host(request);
    }

    /// <summary>A login.</summary>
    internal static AuthConfig Of(RegistryLogin login) =>
        new() { Username = login.Username, Password = login.Password, IdentityToken = login.IdentityToken, ServerAddress = login.ServerAddress };

    /// <summary>A filter by a label; null: none.</summary>
    internal static Dictionary<string, IDictionary<string, bool>>? Label(string? label) =>
        label is null ? null : new Dictionary<string, IDictionary<string, bool>> { ["label"] = new Dictionary<string, bool> { [label] = true } };

    private static HostConfig Host(ContainerRequest request) => new()
    {
        Runtime = request.Runtime,
        NetworkMode = request.Network!,
        SecurityOpt = List(request.SecurityOptions)!,
        CapAdd = List(request.AddedCapabilities)!,
        CapDrop = List(request.DroppedCapabilities)!,
        Memory = request.Memory,
        // Swap beyond memory would make the limit mean something else on each machine.
        MemorySwap = request.Memory,
        PidsLimit = request.Processes,
        Mounts = request.Mount is { } mount ? [new Mount { Type = "bind", Source = mount.Source, Target = mount.Target, ReadOnly = true }] : null,
        LogConfig = request.LogDriver is { } driver ? new LogConfig { Type = driver } : null!,
        // Removing itself, a container can take its exit status along.
        AutoRemove = false,
        Init = false,
    };

    private static List<string>? List(ImmutableArray<string> values) => values.IsDefault ? null : [.. values];
}
