using Harness.Core;
using Harness.Core.Model;
using Harness.Core.Running;
using Harness.Engines.Connecting;
using Harness.Engines.Contract;
using Harness.Engines.DockerApi;
using Harness.Host.Guarding;
using Harness.Host.Paths;
using Harness.Host.Processes;
using Harness.Images;
using Harness.Images.Userlands;
using Harness.Sandboxes.Payload;
using Harness.Sandboxes.Seccomp;
using Harness.Sandboxes.Tracing;
using Harness.Sandboxes.Treatments;

namespace Harness.Sandboxes.Containers;

/// <summary>Runs sandboxes as containers of an engine, by whatever API it speaks, under one of its OCI runtimes.</summary>
internal sealed partial class DockerRuntime : IRuntime, IUserlandExport
{
    private readonly EngineSession _session;
    private readonly AgentFiles _agents;
    private readonly SymbolWitness _symbols;
    private readonly AsyncOnce<RuntimeProof> _proof;
    private readonly SharedFiles _files;
    private readonly EnginePaths _paths;
    private readonly GuardLink _guard;
    private UserlandResolution.Found? _proofImage;
    private RuntimeProof? _mountProof;
    private readonly LookHistory _looks = new();

    internal DockerRuntime(string engine, string runtime, EngineSession session, AgentFiles agents, EnginePaths paths, GuardLink guard, CancellationToken owner)
    {
        (Engine, Runtime, _session, _agents, _symbols, _paths, _guard) = (engine, runtime, session, agents, new SymbolWitness(agents), paths, guard);
        _proof = new AsyncOnce<RuntimeProof>(token => ProveAsync(mounts: false, token), owner);
        _files = new SharedFiles(paths.Root, async token => (_mountProof = await ProveAsync(mounts: true, token)).Failure, owner);
    }

    /// <inheritdoc/>
    public string Engine { get; }

    /// <inheritdoc/>
    public string Runtime { get; }

    /// <inheritdoc/>
    public async Task<Preparation> PrepareAsync(Cell cell, IProgress<string> messages, CancellationToken cancellation)
    {
        if (cell.Kernel != "host")
            return new Preparation.Unavailable($"a container runs on its engine's kernel, not on '{cell.Kernel}'");
        if (ContainerVariant.Parse(cell.Variant, out var reason) is not { } variant)
            return new Preparation.Unavailable(reason);
        OpenEngine engine;
        try
        {
            engine = await _session.OpenAsync(cancellation);
        }
        catch (HarnessException e) when (!_session.IsNamedByUser)
        {
            return new Preparation.Unavailable(e.Message);
        }

        if (_session.Mismatch(engine.Facts, Engine) is { } other)
            return new Preparation.Unavailable(other);
        if (variant.Path != ContainerPath.Api && engine.Connection.Engine is not DockerEngine)
            return new Preparation.Unavailable("path=cli and path=testcontainers speak Docker's API, which this engine does not");
        if (variant.Network == "bridge" && engine.Connection.Endpoint is { IsPrivate: true, IsPrivateDocker: false })
            return new Preparation.Unavailable("the private Podman has no bridge network, which would change the host's firewall: name a Podman of yours with --engine podman=unix:///PATH");
        if (variant.Network == "bridge" && !await HasBridgeAsync(engine.Connection.Engine, cancellation))
            return new Preparation.Unavailable("the engine has no bridge network: name another with --engine URI");
        if (EngineRuntimes.Missing(engine.Facts, Runtime) is { } missing)
            return new Preparation.Unavailable(missing);
        var resolution = await engine.Images.ResolveAsync(cell.Userland, cancellation);
        if (resolution is not UserlandResolution.Found found)
            return new Preparation.Unavailable(((UserlandResolution.Missing)resolution).Reason);
        if (_agents.Find(found.Lock.Architecture) is null)
            return new Preparation.Unavailable(_agents.Missing(found.Lock.Architecture));
        _proofImage = found;
        if (await VolumesAsync(engine.Store, found.ImageId, cancellation) is { Length: > 0 } volumes)
            _session.Remark($"The image of {cell.Userland} declares volumes ({volumes}): what it holds there is copied whenever a container is created, which is counted in its creation.");
        await _session.LocateAsync(engine, token => BootIdAsync(engine, found, token), cancellation);
        if (variant.IsCold && ColdCache.Missing() is { } permanent)
            return new Preparation.Unavailable(permanent);
        // The settings of an engine that the harness started are its own, and its runc is what all of them start with.
        if (!(Runtime == EngineRuntimes.Runc && (engine.Connection.Endpoint.IsPrivateDocker || engine.Connection.Endpoint.IsInOwnMachine)) && await _proof.GetAsync(cancellation) is { Failure: { } failure } proof)
            return proof.IsContradicted ? new Preparation.Failed(failure) : new Preparation.Unavailable($"{Runtime} cannot run containers here: {failure}");
        if (variant.Path == ContainerPath.Cli && (!OperatingSystem.IsLinux() || Machine.FindProgram(CommandLineStart.Program) is null))
            return new Preparation.Unavailable("path=cli needs Docker's command line on Linux: install docker.io or docker-cli");
        if (variant.Path != ContainerPath.Api && await _files.MissingAsync(engine.Connection.Endpoint, cancellation) is { } foreign)
            return _mountProof is { IsContradicted: true } mounted ? new Preparation.Failed(mounted.Failure!) : new Preparation.Unavailable($"path=cli and path=testcontainers need a bind mount, which this engine cannot provide: {foreign}");
        if (variant.IsTraced && (OperatingSystem.IsLinux() ? _session.Locality.Elsewhere ?? StartTrace.Missing(variant.Path == ContainerPath.Api) : "the harness does not run on Linux") is { } untraceable)
            return new Preparation.Unavailable($"{StartTrace.Setting} watches processes from the engine's own host, by its API: {untraceable}");
        return new Preparation.Ready(found.Lock.Digest) { Architecture = AgentFiles.Of(found.Lock.Architecture), BuiltinsOnly = variant.BuiltinsOnly, ShowsTreatment = true };
    }

    /// <inheritdoc/>
    public async Task<SandboxEnd> RunAsync(SandboxRequest request, IChannelSink channel, CancellationToken cancellation)
    {
        var engine = await _session.OpenAsync(cancellation);
        if (await engine.Images.ResolveAsync(request.Cell.Userland, cancellation) is not UserlandResolution.Found image)
            return new SandboxEnd.Failed($"{request.Cell.Userland} was not prepared");
        if (ContainerVariant.Parse(request.Cell.Variant, out var reason) is not { } variant)
            return new SandboxEnd.Failed(reason);
        return await RunAsync(engine, image, variant, request, channel, cancellation);
    }

    /// <inheritdoc/>
    public async Task<string?> ExportAsync(Cell cell, string path, IProgress<string> messages, CancellationToken cancellation)
    {
        try
        {
            var engine = await _session.OpenAsync(cancellation);
            if (await engine.Images.ResolveAsync(cell.Userland, cancellation) is not UserlandResolution.Found image)
                return $"{cell.Userland} was not prepared";
            await engine.Filesystems.WriteAsync(image, path, messages, cancellation);
            return null;
        }
        catch (Exception e) when (e is EngineException or IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return $"the files of {cell.Userland} could not be listed: {EngineErrors.OneLine(e)}";
        }
    }

    private static async Task<string> VolumesAsync(EngineImages images, string image, CancellationToken cancellation)
    {
        try
        {
            return string.Join(", ", ((await images.InspectAsync(image, cancellation))?.Volumes ?? []).Order(StringComparer.Ordinal));
        }
        catch (EngineException)
        {
            // Then a container says so, as the engine puts it.
            return "";
        }
    }

    private static async Task<bool> HasBridgeAsync(IContainerEngine engine, CancellationToken cancellation)
    {
        try
        {
            return await engine.HasNetworkAsync("bridge", cancellation);
        }
        catch (EngineException)
        {
            // Then a container says so, as the engine puts it.
            return true;
        }
    }
}
