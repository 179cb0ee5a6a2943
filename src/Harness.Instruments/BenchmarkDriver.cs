using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Engines;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.NoEmit;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Core.Running;
using Perfolizer.Mathematics.OutlierDetection;

namespace Harness.Instruments;

/// <summary>
/// The second instrument: BenchmarkDotNet measures the same starts from outside, one an iteration, with a clock and a loop that are not
/// the harness's. The iteration that warms up is not among the trials; outliers stay.
/// </summary>
public sealed class BenchmarkDriver : ITrialDriver
{
    private const int Warmup = 1;

    // The library ends what takes longer; each sandbox has its own deadline, which is the one that counts.
    private static readonly TimeSpan Patience = TimeSpan.FromHours(24);

    // It makes the benchmark's instance itself, so that there can be one session in a process at a time.
    private static readonly SemaphoreSlim Turn = new(1, 1);

    /// <inheritdoc/>
    public ProbeKind Kind => ProbeKind.Benchmark;

    /// <inheritdoc/>
    public async Task<ImmutableArray<TrialResult>> RunAsync(DrivenTrials work, CancellationToken cancellation)
    {
        await Turn.WaitAsync(cancellation);
        var artifacts = ScratchFolder.Create("benchmark");
        try
        {
            using var session = new StartSession(work, Warmup, cancellation);
            StartBenchmark.Session = session;
            // It blocks its thread for as long as it measures.
            var summary = await Task.Factory.StartNew(
                () => BenchmarkRunner.Run<StartBenchmark>(Config(work.Trials.Length, artifacts.Path)),
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default);
            cancellation.ThrowIfCancellationRequested();
            session.ThrowIfFailed();
            return session.Results(Measured(summary), Complaint(summary));
        }
        finally
        {
            StartBenchmark.Session = null;
            artifacts.Dispose();
            Turn.Release();
        }
    }

    private static ManualConfig Config(int iterations, string artifacts) => ManualConfig.CreateEmpty()
        .AddJob(Job.Default
            .WithToolchain(new InProcessNoEmitToolchain(Patience, logOutput: false))
            .WithStrategy(RunStrategy.Monitoring)
            .WithLaunchCount(1)
            .WithWarmupCount(Warmup)
            .WithIterationCount(iterations)
            .WithInvocationCount(1)
            .WithUnrollFactor(1)
            .WithOutlierMode(OutlierMode.DontRemove))
        // Standard output is the harness's answer.
        .AddLogger(NullLogger.Instance)
        .WithArtifactsPath(artifacts)
        .WithOptions(ConfigOptions.DisableLogFile | ConfigOptions.DisableOptimizationsValidator);

    /// <summary>Nanoseconds of the iterations that count, in order.</summary>
    private static ImmutableArray<double> Measured(Summary summary) =>
    [
        .. summary.Reports
            .SelectMany(report => report.AllMeasurements)
            .Where(measurement => measurement is { IterationMode: IterationMode.Workload, IterationStage: IterationStage.Actual })
            .OrderBy(measurement => measurement.IterationIndex)
            .Select(measurement => measurement.Nanoseconds),
    ];

    private static string Complaint(Summary summary) =>
        summary.ValidationErrors.FirstOrDefault(error => error.IsCritical)?.Message
        ?? summary.Reports.SelectMany(report => report.ExecuteResults).SelectMany(result => result.Errors).FirstOrDefault()
        ?? "it did not say why";
}
