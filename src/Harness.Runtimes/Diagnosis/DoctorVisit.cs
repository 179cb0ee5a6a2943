using System.Net;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Engines.Connecting;
using Harness.Engines.Contract;
using Harness.Host.Facts;
using Harness.Host.Paths;
using Harness.Host.Processes;
using Harness.Images.Packages;
using Harness.Images.Userlands;
using Harness.Sandboxes.MachineEngine;
using Harness.Sandboxes.Payload;
using Harness.Sandboxes.Treatments;

namespace Harness.Runtimes.Diagnosis;

/// <summary>Gathers what <c>doctor</c> judges: asks, and runs one sandbox under each runtime, with an engine and without.</summary>
public static class DoctorVisit
{
    /// <summary>For one answer over the network.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    /// <summary>The userland with which runtimes are proved: it needs neither registry nor packages.</summary>
    private const string Proof = "busybox:static";

    /// <summary>No registry has this name.</summary>
    private const string MirrorPlace = "(mirror)";

    /// <summary>Looks at this machine. Never throws for what it lacks.</summary>
    /// <param name="set">The runtimes.</param>
    /// <param name="options">As the set was made with.</param>
    /// <param name="tool">For the machine's facts.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<DoctorFacts> GatherAsync(RuntimeSet set, RuntimeOptions options, ToolFacts tool, CancellationToken cancellation)
    {
        var host = HostFacts.Gather(tool);
        var paths = options.CacheFolder is null ? EnginePaths.Default() : EnginePaths.At(options.CacheFolder);
        var network = NetworkAsync(options, cancellation);
        var (engine, reason) = await EngineAsync(set, cancellation);
        var runtimes = engine is null ? ImmutableSortedDictionary<string, RuntimeAnswer>.Empty : await RuntimesAsync(set, engine, set.Sessions.First.Named?.Name ?? engine.Name, cancellation);
        var direct = await DirectVisit.RuntimesAsync(set, Proof, cancellation);
        var (kvm, machines) = await DirectVisit.MachinesAsync(set, Proof, cancellation);
        var (registries, mirror) = await network;
        var home = engine is null ? null : set.EngineHome;
        return new DoctorFacts
        {
            Kernel = host.Kernel,
            Architecture = host.Os.Architecture,
            // Again: what its programs say is known once a container has shown that they are this host's.
            Engine = engine is null ? null : set.Sessions.First.Facts,
            Reached = engine is null ? null : (await set.OpenAsync(cancellation)).Connection.Endpoint.Reached,
            NoEngine = reason,
            Engines = await EnginesVisit.LookAsync(set, options, paths, cancellation),
            EnginePlace = home?.Spoken,
            EngineInVm = EngineMachineParts.Missing(paths) is { } lacking ? new RuntimeAnswer(null, lacking)
                : new RuntimeAnswer(true, EngineMachineParts.IsMade(paths) ? "can be booted; not tried" : "can be made and booted; not tried"),
            SharesKernel = home?.SharesKernel,
            Runtimes = runtimes,
            Direct = direct.AddRange(machines),
            Kvm = kvm,
            HasAgent = new AgentFiles(options.AgentDirectory).Find(host.Os.Architecture) is not null,
            Registries = registries,
            Mirror = mirror,
            Mmdebstrap = Machine.FindProgram("mmdebstrap"),
            Busybox = BusyboxBootstrap.FindStatic(),
            Cache = paths.Root,
            FreeBytes = FreeBytes(paths.Root),
        };
    }

    private static async Task<(EngineFacts? Engine, string Reason)> EngineAsync(RuntimeSet set, CancellationToken cancellation)
    {
        try
        {
            return (await set.OpenEngineAsync(cancellation), "");
        }
        catch (HarnessException e)
        {
            return (null, e.Message);
        }
    }

    /// <summary>Runs one container under each OCI runtime that an engine has.</summary>
    /// <param name="set">The runtimes.</param>
    /// <param name="engine">What the engine is.</param>
    /// <param name="name">What cells call it.</param>
    /// <param name="cancellation">Ends it.</param>
    internal static async Task<ImmutableSortedDictionary<string, RuntimeAnswer>> RuntimesAsync(RuntimeSet set, EngineFacts engine, string name, CancellationToken cancellation)
    {
        var answers = ImmutableSortedDictionary.CreateBuilder<string, RuntimeAnswer>(StringComparer.Ordinal);
        foreach (var runtime in KnownRuntimes.Oci.Where(runtime => EngineRuntimes.Name(engine, runtime.Name) is not null))
            answers[runtime.Name] = await set.ProveAsync(Proof, name, runtime.Name, cancellation);
        return answers.ToImmutable();
    }

    private static async Task<(ImmutableSortedDictionary<string, RuntimeAnswer> Registries, RuntimeAnswer Mirror)> NetworkAsync(
        RuntimeOptions options, CancellationToken cancellation)
    {
        using var client = RegistryAddress.CreateClient(Patience);
        var hosts = options.Userlands.SelectMany(userland => userland.Images).Select(image => ImageReference.Parse(image).Host).Distinct();
        var places = (await Task.WhenAll(hosts.Select(async host => (Name: host, Address: await RegistryAddress.FindAsync(client, host, cancellation))))).ToList();
        if (DebianMirrors.Of(options.Mirrors).Main is { } mirror && Uri.TryCreate(mirror.TrimEnd('/') + "/dists/stable/InRelease", UriKind.Absolute, out var release))
            places.Add((MirrorPlace, release));
        var answers = await Task.WhenAll(places.Select(async place => (place.Name, Answer: await AskAsync(client, place.Address, cancellation))));
        return (
            answers.Where(answer => answer.Name != MirrorPlace).ToImmutableSortedDictionary(answer => answer.Name, answer => answer.Answer, StringComparer.Ordinal),
            answers.FirstOrDefault(answer => answer.Name == MirrorPlace).Answer ?? new RuntimeAnswer(null, ""));
    }

    private static async Task<RuntimeAnswer> AskAsync(HttpClient client, Uri address, CancellationToken cancellation)
    {
        try
        {
            if (address.IsFile)
                return new RuntimeAnswer(File.Exists(address.LocalPath), address.LocalPath);
            using var answer = await client.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, cancellation);
            // 401 is a registry's usual first word; what it lets whom pull is found out by pulling.
            return new RuntimeAnswer(
                answer.IsSuccessStatusCode || answer.StatusCode == HttpStatusCode.Unauthorized,
                answer.IsSuccessStatusCode || answer.StatusCode == HttpStatusCode.Unauthorized ? "answers" : $"answers with {(int)answer.StatusCode}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new RuntimeAnswer(false, $"no answer in {Patience.TotalSeconds:0} s");
        }
        catch (HttpRequestException e)
        {
            return new RuntimeAnswer(false, $"cannot be reached ({EngineErrors.OneLine(e)})");
        }
    }

    private static long? FreeBytes(string folder)
    {
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
