using Harness.Core.Running;
using Harness.Host.Processes;
using Harness.Sandboxes.Payload;
using Harness.Sandboxes.Seccomp;

namespace Harness.Sandboxes.Containers;

/// <summary>Starts a container through the engine's API: create, copy in what is not mounted, attach, start, wait.</summary>
internal sealed class ApiStart(AgentFiles agents)
{
    private static readonly TimeSpan SetupPatience = TimeSpan.FromSeconds(60);

    /// <summary>Runs it to its end. Removing it is its owner's affair.</summary>
    /// <exception cref="OperationCanceledException">Its time is up.</exception>
    internal async Task<SandboxEnd> RunAsync(ContainerStart start, ContainerWatch watch, CancellationToken cancellation)
    {
        var engine = start.Connection.Engine;
        var settings = start.Settings();
        using var archive = start.Mounted is null ? await ArchiveAsync(start, cancellation) : null;
        using (var setup = CancellationTokenSource.CreateLinkedTokenSource(cancellation))
        {
            setup.CancelAfter(SetupPatience);
            start.Stamps.Mark(Stamps.Begin);
            var created = await engine.CreateAsync(settings, setup.Token);
            start.Stamps.Mark(Stamps.Created);
            start.Trace?.Follow(created);
            // Within a timed start nothing is asked that can be left out: there a sandbox of its own has proved the cell.
            if (!start.Request.Timed && await watch.InspectAsync(setup.Token) is { } contradiction)
                return new SandboxEnd.Failed(contradiction);
            if (archive is not null)
                await engine.CopyInAsync(start.Name, archive, setup.Token);
        }

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(start.Request.Deadline);
        var witness = FilterWitness.For(start.Request, agents, start.Image.Lock.Architecture);
        return await new ContainerRun(start, witness, start.Stamps.Watch(start.Channel)).RunAsync(deadline.Token);
    }

    private async Task<MemoryStream> ArchiveAsync(ContainerStart start, CancellationToken cancellation)
    {
        var agent = await File.ReadAllBytesAsync(agents.Find(start.Image.Lock.Architecture)!, cancellation);
        return await SandboxArchive.WriteAsync(agent, start.Request, cancellation);
    }
}
