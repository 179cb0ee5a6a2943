using Harness.Core;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Core.Running;
using Harness.Engines.Connecting;
using Harness.Engines.Products;
using Harness.Host.Guarding;
using Harness.Host.Paths;
using Harness.Host.Processes;
using Harness.Host.Provisioning;
using Harness.Images;
using Harness.Images.Kernels;
using Harness.Images.Packages;
using Harness.Images.Userlands;
using Harness.Instruments.Footprint;
using Harness.Instruments.Pulling;
using Harness.Sandboxes.Containers;
using Harness.Sandboxes.Direct;
using Harness.Sandboxes.MachineEngine;
using Harness.Sandboxes.Machines;
using Harness.Sandboxes.Payload;
using Harness.Sandboxes.Treatments;

namespace Harness.Runtimes;

/// <summary>
/// The runtimes of one run. Nothing is started before a cell needs it; disposing it ends and removes everything
/// the run has made.
/// </summary>
public sealed partial class RuntimeSet : IAsyncDisposable
{
    private readonly CancellationTokenSource _life = new();
    private readonly GuardLink _guard;
    private readonly Provisioner _provisioner;
    private readonly EngineSessions _engines;
    private readonly EngineSession _session;
    private readonly KernelImages _kernels;
    private readonly MachineUserlands _machines;
    private readonly MachineProofs _proofs;
    private readonly EnginePaths _paths;
    private readonly EngineMachine _engineMachine;
    private readonly EngineSession _machineSession;
    private readonly Pulls _pulls;
    private readonly FileLock _use;
    private readonly ImmutableArray<ComposedRuntime> _composed;

    private RuntimeSet(RuntimeOptions options, EnginePaths paths, GuardLink guard, FileLock use)
    {
        _use = use;
        var agents = new AgentFiles(options.AgentDirectory);
        (_guard, _paths) = (guard, paths);
        _provisioner = new Provisioner(options.ProvisionAllowed, paths, guard, options.Messages);
        // Images of one userland in several engines have to be one.
        _engines = new EngineSessions(options, (given, named) => new EngineSession(given, paths, guard, _provisioner, _life.Token, named: named));
        _session = _engines.First;
        _pulls = new Pulls(_session, paths, guard, options);
        _kernels = new KernelImages(options.Kernels, DebianMirrors.Of(options.Mirrors), options.Pull, paths, guard, _provisioner, options.Messages, _life.Token);
        _machines = new MachineUserlands(_session, options.Userlands, paths, guard, options, _life.Token);
        var trees = new UserlandTrees(_machines, paths, guard, _life.Token);
        _proofs = new MachineProofs(paths, agents, guard, _life.Token);
        _engineMachine = new EngineMachine(
            async (accelerator, token) =>
            {
                var parts = await EngineMachineParts.GetAsync(paths, agents, guard, _provisioner, _kernels, _session.Layers, options.Messages, token);
                return accelerator == Accelerators.Kvm && await _proofs.KvmFailureAsync(parts.Kernel, token) is { } failure ? throw new HarnessException(failure) : parts;
            },
            paths, guard, options.RunId, options.InMachine, options.Messages);
        // It reaches no registry: it pulls nothing, and so has nothing of the run's to remove.
        _machineSession = new EngineSession(options with { KeepImages = true, PullProgress = null, Others = _engines.Before(options.Planned) }, paths, guard, _provisioner, _life.Token, _engineMachine);
        _composed = RuntimeComposition.All(new RuntimeParts
        {
            RunId = options.RunId,
            Paths = paths,
            Agents = agents,
            Guard = guard,
            Provisioner = _provisioner,
            Session = _session,
            Sessions = _engines.ByName,
            EngineMachine = _engineMachine,
            MachineSession = _machineSession,
            Kernels = _kernels,
            Machines = _machines,
            Trees = trees,
            Proofs = _proofs,
            Life = _life.Token,
        });
    }

    /// <summary>A catalogued kernel that need not be fetched; null where there is none.</summary>
    internal string? CachedKernel => _kernels.FirstCached;

    /// <summary>Why a variant is known to no runtime, so that every cell with it would be unavailable; null where one knows it.</summary>
    public static string? VariantMistake(string variant)
    {
        if (ContainerVariant.Parse(variant, out var container) is not null || MachineVariant.Parse(variant, out var machine) is not null || DirectVariant.IsKnown(variant))
        {
            return null;
        }

        return $"{container}; {machine}";
    }

    /// <summary>Opens the engine that the user named, which has to answer; does nothing where none was named.</summary>
    /// <exception cref="HarnessException">It does not answer.</exception>
    public async Task RequireNamedEngineAsync(CancellationToken cancellation)
    {
        if (_session.IsNamedByUser)
        {
            await _session.OpenAsync(cancellation);
        }
    }

    /// <summary>All runtimes, whether or not this machine has them: each says so itself when it prepares a cell.</summary>
    public ImmutableArray<IRuntime> Runtimes => [.. _composed.Select(composed => composed.Runtime)];

    /// <summary>What carries out probes that start sandboxes in ways of their own, or none.</summary>
    /// <param name="isQuick">Whether fleets stay small.</param>
    public ImmutableArray<ITrialDriver> Drivers(bool isQuick) => [new FleetDriver(Witness, _paths.Root, isQuick, MachineRoom.Read), _pulls.Driver()];

    /// <summary>The engine in use, where it has no name of its own; null as long as no cell needed one.</summary>
    public EngineFacts? Engine => _engines.AreNamed ? null : _session.Facts;

    /// <summary>The engines that have names, by name, as far as cells needed them; null where none has.</summary>
    public ImmutableSortedDictionary<string, EngineFacts>? Engines => _engines.Facts(_machineSession);

    /// <summary>The sessions of all engines but that in a VM of the harness.</summary>
    internal EngineSessions Sessions => _engines;

    /// <summary>Where the engine in use runs its containers, by all that was found out so far; null where none is in use.</summary>
    internal EngineHome? EngineHome =>
        _session.Current is { } engine ? EngineHomes.Find(ClientFacts.Read(), engine.Facts, engine.Connection.Endpoint, _session.Locality.ContainerBootId) : null;

    /// <summary>The engine in a VM of the harness; null where no cell needed it.</summary>
    public EngineFacts? EngineInVm => _machineSession.Facts;

    /// <summary>Limits that are not enforced and other things that a reader must know.</summary>
    public ImmutableArray<string> Remarks =>
        _kernels.Locks.IsEmpty ? _engines.Remarks : [.. _engines.Remarks, .. _machineSession.Remarks, "Virtual machines enforce no limit on processes: their guests' programs run as root of a whole VM, whose memory is the limit."];

    /// <summary>Which kernel each id was, so far: what <c>kernels.lock.json</c> holds.</summary>
    public ImmutableArray<KernelLock> Kernels => _kernels.Locks;

    /// <summary>How each kernel that has a configuration was configured, so far, by id: what <c>raw/kernels/</c> holds.</summary>
    public ImmutableArray<KeyValuePair<string, string>> KernelConfigurations => _kernels.Configurations;

    /// <summary>A catalogued kernel, fetched where need be and the pull policy lets it.</summary>
    /// <param name="kernel">Its id.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>What it is, or why it is not available; exactly one is set.</returns>
    public async Task<(KernelLock? Lock, string? Reason)> KernelAsync(string kernel, CancellationToken cancellation) =>
        await _kernels.ResolveAsync(kernel, cancellation) switch
        {
            KernelResolution.Found found => (found.Image.Lock, null),
            KernelResolution.Missing missing => (null, missing.Reason),
            _ => (null, "the kernel is not there"),
        };

    /// <summary>The same with its files, to boot it without the harness around it.</summary>
    internal Task<KernelResolution> KernelFilesAsync(string kernel, CancellationToken cancellation) => _kernels.ResolveAsync(kernel, cancellation);

    /// <summary>A userland's files, to boot them without the harness around them.</summary>
    internal Task<MachineUserlandResolution> MachineUserlandAsync(string userland, CancellationToken cancellation) => _machines.ResolveAsync(userland, cancellation);

    /// <summary>Starts the guard; nothing else.</summary>
    /// <exception cref="HarnessException">The guard does not start.</exception>
    public static async Task<RuntimeSet> CreateAsync(RuntimeOptions options, CancellationToken cancellation)
    {
        var executable = options.HarnessExecutable ?? GuardLink.OwnExecutable("harness");
        var paths = options.CacheFolder is null ? EnginePaths.Default() : EnginePaths.At(options.CacheFolder);
        var guard = executable is null ? GuardLink.None() : await GuardLink.StartAsync(executable, cancellation);
        var set = new RuntimeSet(options, paths, guard, CacheUse.Begin(paths));
        if (executable is null)
            set._session.Remark("No guard watched this run: after a SIGKILL its containers would have stayed.");
        return set;
    }

    /// <summary>The runtime of a cell; null where there is none of that name.</summary>
    public IRuntime? Find(Cell cell) =>
        Runtimes.FirstOrDefault(runtime => runtime.Engine == cell.Engine && runtime.Runtime == cell.Runtime);

    /// <summary>Opens the engine before any cell asks for it, for <c>doctor</c> and <c>images</c>.</summary>
    /// <exception cref="HarnessException">There is none; the message names the remedy.</exception>
    public async Task<EngineFacts> OpenEngineAsync(CancellationToken cancellation) => (await _session.OpenAsync(cancellation)).Facts;

    /// <summary>Tries KVM with a kernel, once for this machine. Null: a guest booted; else why none did.</summary>
    public async Task<string?> TryKvmAsync(string kernel, CancellationToken cancellation) =>
        await _kernels.ResolveAsync(kernel, cancellation) switch
        {
            KernelResolution.Found found => await _proofs.KvmFailureAsync(found.Image, cancellation),
            KernelResolution.Missing missing => missing.Reason,
            _ => "the kernel is not there",
        };

    /// <summary>The engine itself, to measure it without the harness around it.</summary>
    /// <exception cref="HarnessException">There is none; the message names the remedy.</exception>
    internal Task<OpenEngine> OpenAsync(CancellationToken cancellation) => _session.OpenAsync(cancellation);

    /// <summary>Proves a runtime by running one container of a userland, for <c>doctor</c>.</summary>
    /// <exception cref="HarnessException">There is no engine.</exception>
    internal Task<RuntimeAnswer> ProveAsync(string userland, string engine, string runtime, CancellationToken cancellation) =>
        Runtimes.OfType<DockerRuntime>().Single(known => known.Engine == engine && known.Runtime == runtime).ProveAsync(userland, cancellation);

    private ISandboxWitness? Witness(IRuntime runtime) => _composed.FirstOrDefault(composed => composed.Runtime == runtime)?.Witness?.Invoke();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _life.CancelAsync();
        await _machineSession.DisposeAsync();
        await _engineMachine.DisposeAsync();
        await _engines.DisposeAsync();
        _pulls.Dispose();
        _provisioner.Dispose();
        await _guard.DisposeAsync();
        _use.DeleteAndRelease();
        _life.Dispose();
    }
}
