using System.Diagnostics;
using Harness.Benchmarks.Measuring;
using Harness.Core;
using Harness.Host.Processes;

namespace Harness.Benchmarks.Subjects;

/// <summary><c>harness list</c>, the whole process: what every command costs before it does anything.</summary>
public sealed class ListBenchmark(string experiments) : IBenchmark
{
    /// <inheritdoc/>
    public string Name => "list";

    /// <inheritdoc/>
    public string What => "harness list, once built";

    /// <inheritdoc/>
    public async Task<ImmutableArray<ResultRow>> RunAsync(Rounds rounds, CancellationToken cancellation)
    {
        if (HarnessProgram.Find() is not { } harness)
        {
            throw new HarnessException("the harness is not built: dotnet build -c Release");
        }

        var command = new Command(harness, ["list"]) { WorkingDirectory = experiments };
        var series = await rounds.MeasureAsync([new Subject("list", 1, token => MeasureAsync(command, token))], cancellation);
        return [ResultRow.Of(Name, What, "s", Summary.Of(series["list"]), Aim.AtMost(0.3))];
    }

    private static async Task<TimeSpan> MeasureAsync(Command command, CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        var result = await command.RunAsync(cancellation);
        watch.Stop();
        return result.ExitCode == 0
            ? watch.Elapsed
            : throw new HarnessException($"'harness list' was not measured: status {result.ExitCode}: {result.Error.ReplaceLineEndings(" ").Trim()}");
    }
}
