using System.Diagnostics;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Core.Protocol;
using Harness.Core.Running;
using Harness.Engines.Connecting;
using Harness.Host.Provisioning;
using Harness.Images.Userlands;
using Harness.Runtimes;
using Harness.Sandboxes.Containers;
using Harness.Sandboxes.Payload;

namespace Harness.Benchmarks.Engine;

/// <summary>One engine with the image in it, and the bare things that can be done with the two.</summary>
internal sealed class EngineSubjects : IAsyncDisposable
{
    private readonly RuntimeSet _runtimes;
    private readonly UserlandResolution.Found _image;
    private readonly string _run;

    private EngineSubjects(RuntimeSet runtimes, EngineConnection connection, UserlandResolution.Found image, string run) =>
        (_runtimes, Connection, _image, _run) = (runtimes, connection, image, run);

    /// <summary>The engine.</summary>
    internal EngineConnection Connection { get; }

    /// <summary>What a run would use.</summary>
    internal IReadOnlyList<IRuntime> Runtimes => _runtimes.Runtimes;

    /// <summary>The image, as the engine has it.</summary>
    internal string ImageId => _image.ImageId;

    /// <summary>The image's architecture, as uname has it.</summary>
    internal string Architecture => AgentFiles.Of(_image.Lock.Architecture);

    /// <summary>What marks containers as this run's, so that its end removes what an interruption left.</summary>
    internal string Label => $"{EngineContainers.RunLabel}={_run}";

    /// <summary>Finds or starts the engine and gets the image, which is no part of any sample.</summary>
    /// <exception cref="HarnessException">There is no engine, or no such image; the message names the remedy.</exception>
    internal static async Task<EngineSubjects> OpenAsync(ExperimentsFolder definitions, IProgress<string> messages, CancellationToken cancellation)
    {
        var run = "benchmark-" + RunFolders.NewId(DateTimeOffset.UtcNow);
        var runtimes = await RuntimeSet.CreateAsync(
            new RuntimeOptions
            {
                RunId = run,
                Userlands = definitions.Catalogue.Userlands,
                AgentDirectory = Path.Combine(definitions.Root, "probes", "bin"),
                Messages = messages,
                ProvisionAllowed = Provisioner.AllowedByEnvironment,
                HarnessExecutable = HarnessProgram.Find(),
            },
            cancellation);
        try
        {
            var engine = await runtimes.OpenAsync(cancellation);
            return await runtimes.ResolveAsync(ProbeMatrix.Userland, cancellation) switch
            {
                UserlandResolution.Found found => new EngineSubjects(runtimes, engine.Connection, found, run),
                UserlandResolution.Missing missing => throw new HarnessException(missing.Reason),
                _ => throw new UnreachableException(),
            };
        }
        catch
        {
            await runtimes.DisposeAsync();
            throw;
        }
    }

    /// <summary>The engine's floor: as many containers of the same image and settings, without agent, plan, channel or journal.</summary>
    internal async Task<TimeSpan> MeasureFloorAsync(Limits limits, int starts, int parallel, CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, starts),
            new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = cancellation },
            async (_, token) => await StartOneAsync(limits, token));
        return watch.Elapsed;
    }

    private async Task StartOneAsync(Limits limits, CancellationToken cancellation)
    {
        var request = new SandboxRequest
        {
            SandboxId = "floor-" + Guid.NewGuid().ToString("N")[..12],
            Cell = new Cell(ProbeMatrix.Userland, "host", "docker", "runc", "", ""),
            ImageDigest = _image.Lock.Digest,
            Key = ChannelKey.Create(),
            AgentPlan = "",
            Files = ImmutableSortedDictionary<string, ImmutableArray<byte>>.Empty,
            Limits = limits,
            Deadline = TimeSpan.FromSeconds(60),
        };
        var settings = ContainerSettings.Create(_run, request, _image.ImageId, "", new ContainerVariant()) with { EntryPoint = ["/bin/true"] };
        var engine = Connection.Engine;
        var container = await engine.CreateAsync(settings, cancellation);
        await engine.StartAsync(container, cancellation);
        var end = await engine.WaitAsync(container, cancellation);
        await EngineContainers.RemoveOneAsync(Connection, container, cancellation);
        if (end != 0)
        {
            throw new HarnessException($"the engine's floor was not measured: /bin/true ended with status {end}");
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _runtimes.DisposeAsync();
}
