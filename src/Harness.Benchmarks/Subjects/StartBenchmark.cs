using System.Diagnostics;
using Harness.Benchmarks.Engine;
using Harness.Benchmarks.Measuring;
using Harness.Core;
using Harness.Core.Definitions;

namespace Harness.Benchmarks.Subjects;

/// <summary>A timed trial in a container, from the call to the container's removal, next to the same container without the harness.</summary>
public sealed class StartBenchmark(ExperimentsFolder definitions, IProgress<string> messages) : IBenchmark
{
    /// <inheritdoc/>
    public string Name => "start";

    /// <inheritdoc/>
    public string What => "a timed container trial, over the engine's API";

    /// <inheritdoc/>
    public async Task<ImmutableArray<ResultRow>> RunAsync(Rounds rounds, CancellationToken cancellation)
    {
        await using var engine = await EngineSubjects.OpenAsync(definitions, messages, cancellation);
        var timed = new TimedTrial(definitions);
        await timed.PrepareAsync(engine.Runtimes, cancellation);
        var limits = timed.Experiment.Limits;
        var docker = DockerCommands.Find();
        ImmutableArray<Subject> subjects =
        [
            new Subject("timed", 1, timed.MeasureAsync),
            new Subject("api", 1, token => engine.MeasureFloorAsync(limits, starts: 1, parallel: 1, token)),
            .. docker is null ? ImmutableArray<Subject>.Empty : [new Subject("docker-run", 1, token => DockerRunAsync(docker, engine, token))],
        ];
        var series = await rounds.MeasureAsync(subjects, cancellation);
        const string OverDocker = "a timed container trial, over docker run with the same network";
        return
        [
            ResultRow.Of(Name, What, "", Summary.OfRatio(series["timed"], series["api"]), Aim.AtMost(1.05)),
            docker is null
                ? ResultRow.Missing(Name, OverDocker, "there is no docker on PATH: install its command-line client")
                : ResultRow.Of(Name, OverDocker, "", Summary.OfRatio(series["timed"], series["docker-run"]), Aim.AtMost(1.0)),
            .. series.Keys.Order(StringComparer.Ordinal).Select(name => ResultRow.Of(Name, Names[name], "s", Summary.Of(series[name]))),
        ];
    }

    private static readonly ImmutableDictionary<string, string> Names = new Dictionary<string, string>
    {
        ["timed"] = "timed trial: files, ping, create, attach, start, wait, remove",
        ["api"] = "engine's API: create, start, wait, remove",
        ["docker-run"] = "docker run --rm --network none",
    }.ToImmutableDictionary();

    private static async Task<TimeSpan> DockerRunAsync(string docker, EngineSubjects engine, CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        var result = await new Harness.Host.Processes.Command(
            docker,
            ["--host", engine.Connection.Endpoint.Address.OriginalString, "run", "--rm", "--pull", "never", "--network", "none", "--label", engine.Label, engine.ImageId, "/bin/true"])
            .RunAsync(cancellation);
        watch.Stop();
        return result.ExitCode == 0 ? watch.Elapsed : throw new HarnessException($"'docker run' was not measured: {result.LastLine}");
    }
}
