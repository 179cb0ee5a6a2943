using Harness.Core.Model;
using Harness.Core.Running;
using Harness.Engines.Contract;
using Harness.Host.Processes;
using Harness.Sandboxes.Treatments;

namespace Harness.Sandboxes.Containers;

/// <summary>Looks at a container while it runs. A timed one is not looked at, nor asked about.</summary>
internal sealed class ContainerWatch : IAsyncDisposable
{
    // The agent's treatment.h waits for it, a few seconds at most.
    private const string Looked = "looked";
    private const string Wait = "wait";

    private readonly CancellationTokenSource _ended = new();
    private readonly LookHistory? _history;
    private readonly ContainerStart _start;
    private readonly Task<ContainerLook?> _look = Task.FromResult<ContainerLook?>(null);
    private readonly Task _told = Task.CompletedTask;
    private ContainerInspection? _answer;

    private ContainerWatch(ContainerStart start, LookHistory? history)
    {
        (_start, _history) = (start, history);
        // By the other paths no call of the harness stands between a container's creation and its start.
        if (!start.Request.Timed && start.Variant.Path != ContainerPath.Api)
            _told = AskAsync(_ended.Token);
        if (history is not null && OperatingSystem.IsLinux())
            _look = LookAsync(start, _told, _ended.Token);
    }

    /// <summary>How the caches were dropped before the start; null where they were not to be.</summary>
    internal CacheDrop? Dropped { get; set; }

    /// <summary>Begins before the container is there.</summary>
    internal static ContainerWatch Begin(ContainerStart start, LookHistory history)
    {
        // A copied sandbox is one whose machine is not seen.
        var looks = history.IsWorthwhile && !start.Request.Timed && start.Elsewhere is null && start.Mounted is not null && start.Request.AgentPlan.Contains($"\tbuiltin\t{TreatmentFacts.Builtin}\n", StringComparison.Ordinal);
        if (looks)
            File.WriteAllText(Path.Combine(start.Mounted!, Wait), "");
        return new ContainerWatch(start, looks ? history : null);
    }

    /// <summary>Asks the engine what it has made. Null: nothing contradicts it; else the sentence.</summary>
    internal async Task<string?> InspectAsync(CancellationToken cancellation)
    {
        _answer = await _start.Connection.Engine.InspectAsync(_start.Name, cancellation);
        return JudgeOf(null)(new TreatmentFacts()).FirstOrDefault(reading => reading.State == TreatmentState.Contradicted)?.Contradiction;
    }

    /// <summary>The container is over. Null of a timed one.</summary>
    /// <param name="end">How it ended.</param>
    internal async Task<TreatmentJudge?> EndAsync(SandboxEnd end)
    {
        var look = await SettleAsync();
        if (end is SandboxEnd.Exited { ExitCode: 0 })
            _history?.Note(look is not null);
        return _start.Request.Timed ? null : JudgeOf(look);
    }

    public async ValueTask DisposeAsync()
    {
        await SettleAsync();
        _ended.Dispose();
    }

    private async Task<ContainerLook?> SettleAsync()
    {
        await _ended.CancelAsync();
        await _told;
        return await _look;
    }

    private TreatmentJudge JudgeOf(ContainerLook? look)
    {
        var treatment = new ContainerTreatment { Start = _start, Asked = _start.Settings(), Told = _answer, Look = look, Dropped = Dropped };
        return treatment.Judge;
    }

    [System.Runtime.Versioning.SupportedOSPlatform("linux")]
    private static async Task<ContainerLook?> LookAsync(ContainerStart start, Task told, CancellationToken ended)
    {
        var look = await ContainerLook.TakeAsync(start.Request.Key, start.Image.ImageId, ended);
        // Such a container is gone with its end.
        await told;
        if (look is not null)
            await File.WriteAllTextAsync(Path.Combine(start.Mounted!, Looked), "", CancellationToken.None);
        return look;
    }

    private async Task AskAsync(CancellationToken ended)
    {
        while (!ended.IsCancellationRequested)
        {
            try
            {
                var answer = await _start.Connection.Engine.InspectAsync(_start.Name, ended);
                _answer = answer;
                return;
            }
            catch (EngineException e) when (e.IsNotFound)
            {
                await Task.Delay(20, CancellationToken.None);
            }
            catch (Exception e) when (e is OperationCanceledException or EngineException)
            {
                // It has ended, and what is wrong with the engine its end will tell.
                return;
            }
        }
    }
}

/// <summary>Whether an engine's shims are to be seen at all: where they never are, as from within a container, each look would hold its sandbox up.</summary>
internal sealed class LookHistory
{
    private const int Enough = 2;

    private volatile bool _anySeen;
    private int _missed;

    /// <summary>Whether to look again.</summary>
    internal bool IsWorthwhile => _anySeen || Volatile.Read(ref _missed) < Enough;

    /// <summary>A container that did its work was seen, or was not.</summary>
    internal void Note(bool isSeen)
    {
        if (isSeen)
            _anySeen = true;
        else
            Interlocked.Increment(ref _missed);
    }
}
