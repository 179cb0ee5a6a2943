using BenchmarkDotNet.Attributes;

namespace Harness.Instruments;

/// <summary>What BenchmarkDotNet measures: one start, until the sandbox's first word has reached the harness.</summary>
public class StartBenchmark
{
    private readonly StartSession _session = Session ?? throw new InvalidOperationException("no session is set");

    /// <summary>What the next instance starts: the library makes that itself, without arguments.</summary>
    internal static StartSession? Session { get; set; }

    /// <summary>Gets the next sandbox ready, outside the measurement.</summary>
    [IterationSetup]
    public void Prepare() => _session.Prepare();

    /// <summary>The measured part.</summary>
    [Benchmark]
    public Task Start() => _session.StartAsync();

    /// <summary>Waits until the sandbox is gone, outside the measurement.</summary>
    [IterationCleanup]
    public void Finish() => _session.Finish();
}
