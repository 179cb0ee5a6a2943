using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Core.Protocol;
using Harness.Core.Running;
using Harness.Engines.Connecting;
using Harness.Images;
using Harness.Images.Userlands;
using Harness.Sandboxes.Treatments;

namespace Harness.Sandboxes.Containers;

/// <summary>Containers that are started to find out what the engine and the runtime can do.</summary>
internal sealed partial class DockerRuntime
{
    /// <summary>Proves the runtime by running one container of a userland, whichever runtime it is.</summary>
    internal async Task<RuntimeAnswer> ProveAsync(string userland, CancellationToken cancellation)
    {
        var engine = await _session.OpenAsync(cancellation);
        if (await engine.Images.ResolveAsync(userland, cancellation) is not UserlandResolution.Found found)
            return new RuntimeAnswer(null, $"no {userland} to try it with");
        if (_agents.Find(found.Lock.Architecture) is null)
            return new RuntimeAnswer(null, _agents.Missing(found.Lock.Architecture));
        if (EngineRuntimes.Missing(engine.Facts, Runtime) is { } missing)
            return new RuntimeAnswer(false, missing);
        if (_session.Mismatch(engine.Facts, Engine) is { } other)
            return new RuntimeAnswer(false, other);
        _proofImage = found;
        await _session.LocateAsync(engine, token => BootIdAsync(engine, found, token), cancellation);
        var proof = await ProveAsync(mounts: await _files.MissingAsync(engine.Connection.Endpoint, cancellation) is null, cancellation);
        return new RuntimeAnswer(proof.Failure is null, proof.Failure ?? $"a container ran{proof.Said}");
    }

    /// <summary>
    /// Starts one container that tells what was done to it. A runtime can be registered and yet refuse every container, as crun
    /// does on a hybrid cgroup hierarchy: that is a property of the machine, to be said once and not found out trial by trial.
    /// </summary>
    private async Task<RuntimeProof> ProveAsync(bool mounts, CancellationToken cancellation)
    {
        var (end, proof) = await TryAsync((mounts ? "mount-" : "proof-") + Runtime, new ContainerVariant(), mounts, cancellation);
        // Where AppArmor confines the engine itself, as in Ubuntu's snap of Docker, no program may be executed once it can gain no privileges.
        if (end is not SandboxEnd.Failed || proof.IsContradicted
            || await TryAsync($"more-{Runtime}", new ContainerVariant { MayGainPrivileges = true }, mounts, cancellation) is not (SandboxEnd.Exited { ExitCode: 0 }, _))
        {
            return proof;
        }

        return proof with
        {
            Failure = $"the engine starts no container with no-new-privileges, and one without it ({proof.Failure}): Docker from Ubuntu's snap does that; install docker.io or Docker's own packages in its place, or name another engine with --engine URI",
        };
    }

    private async Task<(SandboxEnd End, RuntimeProof Proof)> TryAsync(string id, ContainerVariant variant, bool mounts, CancellationToken cancellation)
    {
        var request = Proof(id, Runtime, _proofImage!, TreatmentFacts.Plan);
        var channel = new TreatmentChannel(request.Key);
        var end = await RunAsync(await _session.OpenAsync(cancellation), _proofImage!, variant, request, mounts, channel, cancellation);
        return (end, RuntimeProof.Of(end, channel.Facts));
    }

    /// <summary>The boot id that a container reads. Under a runtime that uses the engine's kernel, whichever this one is: gVisor has a boot id of its own.</summary>
    private async Task<(string? BootId, string? Failure)> BootIdAsync(OpenEngine engine, UserlandResolution.Found image, CancellationToken cancellation)
    {
        string[] shared = [.. KnownRuntimes.Oci.Where(known => !known.HasOwnKernel).Select(known => known.Name)];
        if (shared.FirstOrDefault(runtime => EngineRuntimes.Name(engine.Facts, runtime) is not null) is not { } runtime)
            return (null, $"the engine has neither {string.Join(" nor ", shared)}");
        var request = Proof($"where-{Runtime}", runtime, image, new AgentPlan { Probes = [new BuiltinProbe(0, TimeSpan.FromSeconds(10), 4096, "start")] });
        var reader = new BootIdReader(request.Key);
        var end = await RunAsync(engine, image, new ContainerVariant(), request, mounts: false, reader, cancellation);
        return (reader.BootId, RuntimeProof.Of(end, new TreatmentFacts()).Failure ?? "it told no boot id");
    }

    private SandboxRequest Proof(string id, string runtime, UserlandResolution.Found image, AgentPlan plan) => new()
    {
        SandboxId = id,
        Cell = new Cell(image.Lock.Id, "host", Engine, runtime, "", ""),
        ImageDigest = image.Lock.Digest,
        Key = ChannelKey.Create(),
        AgentPlan = plan.Render(),
        Files = ImmutableSortedDictionary<string, ImmutableArray<byte>>.Empty,
        Limits = new Limits(256 << 20, 64, 4096),
        Deadline = TimeSpan.FromSeconds(30),
    };
}
