using System.Diagnostics;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Host.Processes;

namespace Harness.Benchmarks.Engine;

/// <summary>The same checks as one would do them by hand: a <c>docker run --rm</c> each, no harness anywhere.</summary>
internal sealed class DockerCommands(ExperimentsFolder definitions, EngineSubjects engine)
{
    /// <summary>The status with which <c>docker run</c> says that the engine failed, and not the command.</summary>
    private const int EngineFailed = 125;

    /// <summary>The command-line client, or null where PATH has none.</summary>
    internal static string? Find() => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, OperatingSystem.IsWindows() ? "docker.exe" : "docker"))
        .FirstOrDefault(File.Exists);

    /// <summary>Checks that ended well in the last pass.</summary>
    internal int Passed { get; private set; }

    /// <summary>Every probe of the experiment as often as asked.</summary>
    internal async Task<TimeSpan> MeasureAsync(string docker, ExperimentDefinition experiment, int starts, int parallel, CancellationToken cancellation)
    {
        ImmutableArray<Command> commands = [.. experiment.Probes.Select(probe => Command(docker, probe))];
        var passed = 0;
        var watch = Stopwatch.StartNew();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, starts).SelectMany(_ => commands),
            new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = cancellation },
            async (command, token) =>
            {
                var result = await command.RunAsync(token);
                if (result.ExitCode == EngineFailed)
                {
                    throw new HarnessException($"'docker run' was not measured: {result.Error.ReplaceLineEndings(" ").Trim()}");
                }

                if (result.ExitCode == 0)
                {
                    Interlocked.Increment(ref passed);
                }
            });
        watch.Stop();
        Passed = passed;
        return watch.Elapsed;
    }

    private Command Command(string docker, ProbeDefinition probe)
    {
        ImmutableArray<string> carried = probe.Kind switch
        {
            ProbeKind.Script => ["--volume", $"{Path.Combine(definitions.Root, probe.Command[0])}:/.harness/script:ro"],
            ProbeKind.Program => ["--volume", $"{Path.Combine(definitions.Root, "probes", "bin", $"{probe.Command[0]}-{engine.Architecture}")}:/.harness/program:ro"],
            _ => [],
        };
        ImmutableArray<string> command = probe.Kind switch
        {
            ProbeKind.Exec => probe.Command,
            ProbeKind.Script => ["/bin/sh", "/.harness/script"],
            ProbeKind.Program => ["/.harness/program", .. probe.Command[1..]],
            _ => throw new HarnessException($"the probe {probe.Id} is the agent's own: 'docker run' cannot do it"),
        };
        return new Command(
            docker,
            [
                "--host", engine.Connection.Endpoint.Address.OriginalString,
                "run", "--rm", "--pull", "never", "--network", "none", "--label", engine.Label, .. carried, engine.ImageId, .. command,
            ]);
    }
}
