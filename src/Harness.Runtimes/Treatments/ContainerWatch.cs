using Docker.DotNet;
using Docker.DotNet.Models;
using Harness.Core.Model;
using Harness.Core.Running;
using Harness.Runtimes.Containers;
using Harness.Runtimes.Processes;

namespace Harness.Runtimes.Treatments;

/// <summary>Looks at a container while it runs. A timed one is not looked at, nor asked about.</summary>
internal sealed class ContainerWatch : IAsyncDisposable
{
    // The agent's treatment.h waits for it, a few seconds at most.
    private const string Looked = "looked";
    private const string Wait = "wait";

    private readonly CancellationTokenSource _ended = new();
    private readonly ContainerStart _start;
    private readonly Task<ContainerLook?> _look = Task.FromResult<ContainerLook?>(null);
    private readonly Task _told = Task.CompletedTask;
    private ContainerInspectResponse? _answer;

    private ContainerWatch(ContainerStart start, bool looks)
    {
        _start = start;
        // By the other paths no call of the harness stands between a container's creation and its start.
        if (!start.Request.Timed && start.Variant.Path != ContainerPath.Api)
            _told = AskAsync(_ended.Token);
        if (looks && OperatingSystem.IsLinux())
            _look = LookAsync(start, _told, _ended.Token);
    }

    /// <summary>How the caches were dropped before the start; null where they were not to be.</summary>
    internal CacheDrop? Dropped { get; set; }

    /// <summary>Begins before the container is there.</summary>
    internal static ContainerWatch Begin(ContainerStart start)
    {
        // A copied sandbox is one whose machine is not seen.
        var looks = !start.Request.Timed && start.Elsewhere is null && start.Mounted is not null && start.Request.AgentPlan.Contains($"\tbuiltin\t{TreatmentFacts.Builtin}\n", StringComparison.Ordinal);
        if (looks)
            File.WriteAllText(Path.Combine(start.Mounted!, Wait), "");
        return new ContainerWatch(start, looks);
    }

    /// <summary>Asks the engine what it has made. Null: nothing contradicts it; else the sentence.</summary>
    internal async Task<string?> InspectAsync(CancellationToken cancellation)
    {
        _answer = await _start.Connection.Client.Containers.InspectContainerAsync(_start.Name, cancellation);
        return JudgeOf(null)(new TreatmentFacts()).FirstOrDefault(reading => reading.State == TreatmentState.Contradicted)?.Contradiction;
    }

    /// <summary>The container is over. Null of a timed one.</summary>
    internal async Task<TreatmentJudge?> EndAsync()
    {
        await _ended.CancelAsync();
        var look = await _look;
        await _told;
        return _start.Request.Timed ? null : JudgeOf(look);
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _ended.Dispose();
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
                var answer = await _start.Connection.Client.Containers.InspectContainerAsync(_start.Name, ended);
                _answer = answer;
                return;
            }
            catch (DockerContainerNotFoundException)
            {
                await Task.Delay(20, CancellationToken.None);
            }
            catch (Exception e) when (e is OperationCanceledException or DockerApiException or HttpRequestException)
            {
                // It has ended, and what is wrong with the engine its end will tell.
                return;
            }
        }
    }
}
