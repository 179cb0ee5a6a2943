using Harness.Benchmarks.Engine;
using Harness.Benchmarks.Measuring;
using Harness.Core;
using Harness.Core.Definitions;

namespace Harness.Benchmarks.Subjects;

/// <summary>The probe matrix next to a <c>docker run --rm</c> for each of its checks.</summary>
public sealed class DockerBenchmark(Settings settings, ExperimentsFolder definitions, IProgress<string> messages) : IBenchmark
{
    /// <inheritdoc/>
    public string Name => "docker";

    /// <inheritdoc/>
    public string What => "one docker run --rm a check, over the probe matrix";

    /// <inheritdoc/>
    public async Task<ImmutableArray<ResultRow>> RunAsync(Rounds rounds, CancellationToken cancellation)
    {
        if (DockerCommands.Find() is not { } docker)
        {
            throw new HarnessException("there is no docker on PATH: install its command-line client");
        }

        await using var engine = await EngineSubjects.OpenAsync(definitions, messages, cancellation);
        var matrix = new ProbeMatrix(definitions, settings.Starts);
        var commands = new DockerCommands(definitions, engine);
        var series = await rounds.MeasureAsync(
            [
                new Subject("matrix", matrix.Checks, token => matrix.MeasureAsync(engine.Runtimes, settings.Parallel, token)),
                // As many at a time as the matrix: its gain must not be its parallelism.
                new Subject("docker-run", matrix.Checks, token => commands.MeasureAsync(docker, matrix.Experiment, settings.Starts, settings.Parallel, token)),
            ],
            cancellation);
        if (matrix.Passed != commands.Passed)
        {
            throw new HarnessException($"of {matrix.Checks} checks {matrix.Passed} succeeded in the matrix and {commands.Passed} by docker run: they did not do the same");
        }

        return
        [
            ResultRow.Of(Name, What, "", Summary.OfRatio(series["docker-run"], series["matrix"]), Aim.NotBelow(5)),
            ResultRow.Of(Name, $"probe matrix: {matrix.Checks} checks", "s", Summary.Of(series["matrix"])),
            ResultRow.Of(Name, $"docker run --rm: {matrix.Checks} checks, as many at a time", "s", Summary.Of(series["docker-run"])),
        ];
    }
}
