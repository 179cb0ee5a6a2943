using System.Collections.Concurrent;
using Docker.DotNet;
using Docker.DotNet.Models;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Core.Running;
using Harness.Runtimes.Diagnosis;
using Harness.Runtimes.Engines;
using Harness.Runtimes.Processes;
using Harness.Runtimes.Seccomp;
using Harness.Runtimes.Userlands;

namespace Harness.Runtimes.Containers;

/// <summary>Runs sandboxes as containers of a Docker engine, under one of its OCI runtimes.</summary>
internal sealed class DockerRuntime : IRuntime, IUserlandExport
{
    /// <summary>The runtime that every engine has, and its default.</summary>
    internal const string Default = "runc";

    private static readonly TimeSpan SetupPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan RemovalPatience = TimeSpan.FromSeconds(20);

    private readonly EngineSession _session;
    private readonly AgentFiles _agents;
    private readonly SymbolWitness _symbols;
    private readonly AsyncOnce<string?> _proof;
    private readonly ConcurrentDictionary<string, byte[]> _agentBytes = new(StringComparer.Ordinal);
    private UserlandResolution.Found? _proofImage;

    internal DockerRuntime(string runtime, EngineSession session, AgentFiles agents, CancellationToken owner)
    {
        (Runtime, _session, _agents, _symbols) = (runtime, session, agents, new SymbolWitness(agents));
        _proof = new AsyncOnce<string?>(ProveAsync, owner);
    }

    /// <inheritdoc/>
    public string Engine => "docker";

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

        if (variant.Network == "bridge" && engine.Connection.Endpoint.IsPrivate && !PrivateEngine.DaemonSettings.HasBridge)
            return new Preparation.Unavailable("the private daemon has no bridge network: name an engine with --engine URI");
        if (Runtime != Default && !engine.Facts.Runtimes.Contains(Runtime))
            return new Preparation.Unavailable($"the engine has no runtime '{Runtime}': install it (--provision does for the private daemon), or register it in the engine's daemon.json");
        var resolution = await engine.Images.ResolveAsync(cell.Userland, cancellation);
        if (resolution is not UserlandResolution.Found found)
            return new Preparation.Unavailable(((UserlandResolution.Missing)resolution).Reason);
        if (_agents.Find(found.Lock.Architecture) is null)
            return new Preparation.Unavailable(_agents.Missing(found.Lock.Architecture));
        if (Runtime != Default)
        {
            Interlocked.CompareExchange(ref _proofImage, found, null);
            if (await _proof.GetAsync(cancellation) is { } failure)
                return new Preparation.Unavailable($"{Runtime} cannot run containers here: {failure}");
        }

        return new Preparation.Ready(found.Lock.Digest) { Architecture = AgentFiles.Of(found.Lock.Architecture) };
    }

    /// <summary>Proves the runtime by running one container of a userland, whichever runtime it is.</summary>
    internal async Task<DoctorAnswer> ProveAsync(string userland, CancellationToken cancellation)
    {
        var engine = await _session.OpenAsync(cancellation);
        if (await engine.Images.ResolveAsync(userland, cancellation) is not UserlandResolution.Found found)
            return new DoctorAnswer(null, $"no {userland} to try it with");
        if (_agents.Find(found.Lock.Architecture) is null)
            return new DoctorAnswer(null, _agents.Missing(found.Lock.Architecture));
        Interlocked.CompareExchange(ref _proofImage, found, null);
        return await _proof.GetAsync(cancellation) is { } failure ? new DoctorAnswer(false, failure) : new DoctorAnswer(true, "a container ran");
    }

    /// <inheritdoc/>
    public async Task<SandboxEnd> RunAsync(SandboxRequest request, IChannelSink channel, CancellationToken cancellation)
    {
        var engine = await _session.OpenAsync(cancellation);
        if (await engine.Images.ResolveAsync(request.Cell.Userland, cancellation) is not UserlandResolution.Found image)
            return new SandboxEnd.Failed($"{request.Cell.Userland} was not prepared");
        if (ContainerVariant.Parse(request.Cell.Variant, out var reason) is not { } variant)
            return new SandboxEnd.Failed(reason);
        return await RunAsync(engine.Connection, image, variant, request, channel, cancellation);
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
        catch (Exception e) when (e is DockerApiException or HttpRequestException or System.Net.Sockets.SocketException or IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return $"the files of {cell.Userland} could not be listed: {EngineErrors.OneLine(e)}";
        }
    }

    private async Task<SandboxEnd> RunAsync(
        EngineConnection connection, UserlandResolution.Found image, ContainerVariant variant, SandboxRequest request, IChannelSink channel, CancellationToken cancellation)
    {
        var name = ContainerSettings.Name(_session.RunId, request.SandboxId);
        try
        {
            using (var setup = CancellationTokenSource.CreateLinkedTokenSource(cancellation))
            {
                setup.CancelAfter(SetupPatience);
                await CreateAsync(connection, image, variant, request, setup.Token);
            }

            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            deadline.CancelAfter(request.Deadline);
            var end = await new ContainerRun(connection, name, FilterWitness.For(request, _agents, image.Lock.Architecture), channel).RunAsync(deadline.Token);
            return connection.Endpoint.IsLocal ? end with { HostReadings = [.. end.HostReadings, .. _symbols.For(request, image.Lock.Architecture)] } : end;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new SandboxEnd.DeadlineExceeded();
        }
        catch (DockerApiException e) when (EngineErrors.IsUnknownCapability(e))
        {
            return new SandboxEnd.Refused(EngineErrors.OneLine(e));
        }
        catch (Exception e) when (e is DockerApiException or HttpRequestException or System.Net.Sockets.SocketException)
        {
            return new SandboxEnd.Failed(EngineErrors.OneLine(e));
        }
        finally
        {
            await RemoveAsync(connection, name);
        }
    }

    private async Task CreateAsync(
        EngineConnection connection, UserlandResolution.Found image, ContainerVariant variant, SandboxRequest request, CancellationToken cancellation)
    {
        var runtime = Runtime == Default ? "" : Runtime;
        await connection.Client.Containers.CreateContainerAsync(ContainerSettings.Create(_session.RunId, request, image.ImageId, runtime, variant), cancellation);
        var agent = _agentBytes.GetOrAdd(image.Lock.Architecture, architecture => File.ReadAllBytes(_agents.Find(architecture)!));
        using var archive = await SandboxArchive.WriteAsync(agent, request, cancellation);
        await connection.Client.Containers.ExtractArchiveToContainerAsync(
            ContainerSettings.Name(_session.RunId, request.SandboxId), new CopyToContainerParameters { Path = "/" }, archive, cancellation);
    }

    /// <summary>Never cancelled with the run, and by name: an answer to the creation may have been lost.</summary>
    private async Task RemoveAsync(EngineConnection connection, string name)
    {
        using var limit = new CancellationTokenSource(RemovalPatience);
        try
        {
            await EngineContainers.RemoveOneAsync(connection, name, limit.Token);
        }
        catch (Exception e) when (e is DockerApiException or HttpRequestException or System.Net.Sockets.SocketException or OperationCanceledException)
        {
            // It carries the run's label: the session's end, the guard and `clean` look for it again.
            _session.Remark($"container {name} could not be removed: {EngineErrors.OneLine(e)}");
        }
    }

    /// <summary>
    /// Starts one container with an empty plan. A runtime can be registered and yet refuse every container, as crun
    /// does on a hybrid cgroup hierarchy: that is a property of the machine, to be said once and not found out trial by trial.
    /// </summary>
    private async Task<string?> ProveAsync(CancellationToken cancellation)
    {
        var engine = await _session.OpenAsync(cancellation);
        var request = new SandboxRequest
        {
            SandboxId = "proof-" + Runtime,
            Cell = new Cell(_proofImage!.Lock.Id, "host", Engine, Runtime, "", ""),
            ImageDigest = _proofImage.Lock.Digest,
            AgentPlan = "harness-plan\t1\nkey\t" + new string('0', 32) + "\nend\n",
            Files = ImmutableSortedDictionary<string, ImmutableArray<byte>>.Empty,
            Limits = new Limits(256 << 20, 64, 4096),
            Deadline = TimeSpan.FromSeconds(30),
        };
        return await RunAsync(engine.Connection, _proofImage, new ContainerVariant(), request, new Ignored(), cancellation) switch
        {
            SandboxEnd.Exited { ExitCode: 0 } => null,
            SandboxEnd.Exited exited => $"the agent ended with status {exited.ExitCode}",
            SandboxEnd.Refused refused => refused.Reason,
            SandboxEnd.Failed failed => failed.Reason,
            _ => "a container did not end in time",
        };
    }

    private sealed class Ignored : IChannelSink
    {
        public bool Write(ReadOnlySpan<byte> bytes) => true;
    }
}
