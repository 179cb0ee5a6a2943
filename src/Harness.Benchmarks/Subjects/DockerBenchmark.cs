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
    public async Task<ImmutableArray<ResultRow>> RunAsync(Rounds rounds, CancellationToken cancellation)
    {
        const string What = "one docker run --rm a check, over the probe matrix";
        if (DockerCommands.Find() is not { } docker)
        {
            return [ResultRow.Missing(Name, What, "there is no docker on PATH: install its command-line client")];
        }

        EngineSubjects engine;
        try
        {
            engine = await EngineSubjects.OpenAsync(definitions, messages, cancellation);
        }
        catch (HarnessException e)
        {
            return [ResultRow.Missing(Name, What, e.Message)];
        }

        await using (engine)
        {
            var matrix = new ProbeMatrix(definitions, settings.Starts);
            var commands = new DockerCommands(definitions, engine);
            var series = await rounds.MeasureAsync(
                [
                    new Subject("matrix", matrix.Checks, token => matrix.MeasureAsync(engine.Runtimes, settings.Parallel, token)),
                    // As many at a time as the matrix: its gain must not be its parallelism.
                    new Subject("docker-run", matrix.Checks, token => commands.MeasureAsync(docker, matrix.Experiment, settings.Starts, settings.Parallel, token)),
                ],
                cancellation);
            return
            [
                ResultRow.Of(Name, What, "", Summary.OfRatio(series["docker-run"], series["matrix"]), Aim.NotBelow(5)),
                ResultRow.Of(Name, $"probe matrix: {matrix.Checks} checks", "s", Summary.Of(series["matrix"])),
                ResultRow.Of(Name, $"docker run --rm: {matrix.Checks} checks, as many at a time", "s", Summary.Of(series["docker-run"])),
            ];
        }
    }
}
