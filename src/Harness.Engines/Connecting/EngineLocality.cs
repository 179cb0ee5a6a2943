using Harness.Engines.Endpoints;
using Harness.Host.Processes;

namespace Harness.Engines.Connecting;

/// <summary>
/// Whether an engine's containers run on this host's kernel, so that this host's clocks, symbols and processes say something of them. The
/// address proves nothing: a socket may be a tunnel's, or belong to an engine in a VM. What proves it is a container that reads the boot id of this
/// host. Found out once an engine, by whoever asks first.
/// </summary>
internal sealed class EngineLocality(CancellationToken owner)
{
    private readonly Lock _gate = new();
    private AsyncOnce<Answer>? _answer;

    /// <summary>Why nothing of this host may be taken for the containers'; null where it may.</summary>
    internal string? Elsewhere => _answer is { } answer ? (answer.ResultOrDefault ?? new Answer("where the engine's containers run was not found out")).Elsewhere : "where the engine's containers run was not found out yet";

    /// <summary>What a container read as its kernel's boot id; null as long as none was asked.</summary>
    internal string? ContainerBootId { get; private set; }

    /// <summary>Finds out.</summary>
    /// <param name="endpoint">The engine's.</param>
    /// <param name="bootId">Starts a container that reads its kernel's boot id. Null with a reason where none ran.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    internal Task FindAsync(EngineEndpoint endpoint, Func<CancellationToken, Task<(string? BootId, string? Failure)>> bootId, CancellationToken cancellation)
    {
        AsyncOnce<Answer> once;
        lock (_gate)
            once = _answer ??= new AsyncOnce<Answer>(async token => new Answer(await AskAsync(endpoint, bootId, token)), owner);
        return once.GetAsync(cancellation);
    }

    private async Task<string?> AskAsync(EngineEndpoint endpoint, Func<CancellationToken, Task<(string? BootId, string? Failure)>> bootId, CancellationToken cancellation)
    {
        if (!OperatingSystem.IsLinux())
            return "the harness does not run on Linux";
        // Its address is forwarded from this host's loopback.
        if (endpoint.IsInOwnMachine)
            return "the engine runs in a VM that the harness booted";
        if (!endpoint.HasLocalAddress)
            return "the engine is not on this host";
        // Started by the harness, as a process of its own.
        if (endpoint.IsPrivate)
            return null;
        var (seen, failure) = await bootId(cancellation);
        ContainerBootId = seen;
        return Judge(
            seen, failure, (await File.ReadAllTextAsync("/proc/sys/kernel/random/boot_id", cancellation)).Trim(), ProcMounts.Readings().FirstOrDefault(reading => reading.Metric == "mounted_over" && reading.Subject == "boot_id")?.Text);
    }

    /// <summary>What a container's boot id says, against this host's.</summary>
    /// <param name="seen">The container's; null where none told it.</param>
    /// <param name="failure">Why none did.</param>
    /// <param name="own">What this process reads.</param>
    /// <param name="covered">What is mounted over the file that it reads, as in a container of LXC: then that is not the kernel's id.</param>
    internal static string? Judge(string? seen, string? failure, string own, string? covered = null) =>
        seen is null ? $"no container told which kernel the engine's containers run on ({failure})"
        : seen == own ? null
        : covered is not null ? $"whether the engine's containers run on this host's kernel cannot be told: its boot id is hidden here ({covered}); run the harness outside of the container it is in"
        : "the engine's containers run on another kernel than this host's: their boot ids differ";

    private sealed record Answer(string? Elsewhere);
}
