using System.Runtime.Versioning;
using Harness.Engines.PrivateEngine;

namespace Harness.IntegrationTests.Runtimes;

/// <summary>
/// A private engine that stays up while the tests of a class run, so that not each of them waits until one has started and ended. Each test still has a run
/// of its own, whose end the engine sees as that of one user among others.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class SharedEngine : IAsyncDisposable
{
    private PrivateDaemon? _daemon;

    /// <summary>Its cache, which the tests share.</summary>
    internal EngineMachine Machine { get; } = new();

    /// <summary>Starts it where it does not run yet.</summary>
    internal async Task<EngineMachine> StartAsync()
    {
        _daemon ??= await PrivateDaemon.JoinAsync(Machine.Paths, new Progress<string>(), TestContext.Current.CancellationToken);
        return Machine;
    }

    public async ValueTask DisposeAsync()
    {
        if (_daemon is not null)
            await _daemon.DisposeAsync();
        Machine.Dispose();
    }
}
