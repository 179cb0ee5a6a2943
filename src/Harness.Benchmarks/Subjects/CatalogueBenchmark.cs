using System.Diagnostics;
using System.Globalization;
using Harness.Benchmarks.Measuring;
using Harness.Benchmarks.StandIns;
using Harness.Core;
using Harness.Core.Definitions;

namespace Harness.Benchmarks.Subjects;

/// <summary>
/// A whole run by the number of userlands: three experiments, from pulling to the report, on stand-ins from a registry on loopback. Every sample begins
/// with an empty cache and an engine of its own, so that each image is pulled.
/// </summary>
public sealed class CatalogueBenchmark(ExperimentsFolder definitions, IProgress<string> messages) : IBenchmark
{
    private static readonly int[] _numbers = [8, 36, 88];

    private static readonly string[] _experiments = ["distro-matrix", "kernel-identity", "userland-identity"];

    private readonly Dictionary<int, ImmutableArray<Peaks>> _peaks = [];

    /// <inheritdoc/>
    public string Name => "catalogue";

    /// <inheritdoc/>
    public string What => "time per userland: the whole catalogue over 8";

    /// <inheritdoc/>
    public int MostRounds => 3;

    /// <inheritdoc/>
    public async Task<ImmutableArray<ResultRow>> RunAsync(Rounds rounds, CancellationToken cancellation)
    {
        var harness = HarnessProgram.Find() ?? throw new HarnessException("the harness is not built: dotnet build -c Release");
        var userlands = UserlandCatalogue.Read(Path.Combine(definitions.Root, "userlands.yaml")).Userlands;
        // The catalogue may hold fewer than the largest number.
        ImmutableArray<int> sizes = [.. _numbers.Select(number => Math.Min(number, userlands.Length)).Distinct()];
        await using var registry = await StandInRegistry.StartAsync(cancellation);
        messages.Report($"catalogue: {userlands.Length} stand-ins into {registry.Host}");
        await registry.PushAsync(userlands, cancellation);
        var series = await rounds.MeasureAsync(
            [.. sizes.Select(size => new Subject(Series(size), size, token => MeasureAsync(harness, registry, [.. userlands.Take(size).Select(userland => userland.Id)], token)))], cancellation);
        return
        [
            ResultRow.Of(Name, What, "", Summary.OfRatio(Each(series, sizes.Max()), Each(series, sizes.Min()))),
            .. sizes.Select(size => ResultRow.Of(Name, $"{size} userlands, pulled, run and reported", "s", Summary.Of(series[Series(size)]))),
            // The first sample warmed up.
            .. sizes.Select(size => ResultRow.Of(Name, $"{size} userlands, the harness's own memory at most", "MB", Peak(size, peaks => peaks.Memory))),
            .. sizes.Select(size => ResultRow.Of(Name, $"{size} userlands, images in the engine at most", "", Peak(size, peaks => peaks.Images))),
            .. sizes.Select(size => ResultRow.Of(Name, $"{size} userlands, their bytes at most", "MB", Peak(size, peaks => peaks.Disk))),
        ];
    }

    private async Task<TimeSpan> MeasureAsync(string harness, StandInRegistry registry, ImmutableArray<string> userlands, CancellationToken cancellation)
    {
        // A short path: the engine's sockets live below it.
        var folder = Directory.CreateTempSubdirectory("hb-").FullName;
        try
        {
            var info = new ProcessStartInfo(
                harness,
                [
                    "run", .. _experiments, "--repeat", "1", "--runtime", "host", "--runtime", "runc", "--kernel", "host", "--out", Path.Combine(folder, "runs"),
                    "--mirror", $"images={registry.Host}/{StandInRegistry.Prefix}", .. userlands.SelectMany(userland => new[] { "--userland", userland }),
                ])
            {
                WorkingDirectory = definitions.Root,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            info.Environment["XDG_CACHE_HOME"] = folder;
            info.Environment["DOCKER_CONFIG"] = folder;
            // The user's engine has images of its own.
            info.Environment.Remove("DOCKER_HOST");
            info.Environment.Remove("DOCKER_CONTEXT");
            await using var images = ImageWatch.Begin(folder);
            var watch = Stopwatch.StartNew();
            using var process = Process.Start(info)!;
            var output = process.StandardOutput.ReadToEndAsync(cancellation);
            var error = process.StandardError.ReadToEndAsync(cancellation);
            var memory = await MostMemoryAsync(process, cancellation);
            watch.Stop();
            await output;
            if (process.ExitCode != 0)
                throw new HarnessException($"a run of {userlands.Length} userlands was not measured: status {process.ExitCode}: {(await error).Trim().Split('\n')[^1]}");
            await images.EndedAsync();
            _peaks[userlands.Length] = [.. _peaks.GetValueOrDefault(userlands.Length, []), new Peaks(memory / 1e6, images.Most, images.MostBytes / 1e6)];
            return watch.Elapsed;
        }
        finally
        {
            // Not Directory.Delete: images may hold names that are no UTF-8, which .NET cannot say.
            using var remove = Process.Start("rm", ["-rf", folder]);
            await remove.WaitForExitAsync(CancellationToken.None);
        }
    }

    // The kernel keeps the most that a process had; it is gone with the process.
    private static async Task<long> MostMemoryAsync(Process process, CancellationToken cancellation)
    {
        var most = 0L;
        while (!process.HasExited)
        {
            try
            {
                var status = await File.ReadAllLinesAsync($"/proc/{process.Id}/status", cancellation);
                var line = status.FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
                most = Math.Max(most, 1024 * long.Parse(line?.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1] ?? "0", CultureInfo.InvariantCulture));
            }
            catch (Exception e) when (e is IOException or FormatException)
            {
                // It ended while it was looked at.
            }

            await Task.WhenAny(process.WaitForExitAsync(cancellation), Task.Delay(100, cancellation));
        }

        return most;
    }

    private static ImmutableArray<double> Each(ImmutableDictionary<string, ImmutableArray<double>> series, int size) => [.. series[Series(size)].Select(seconds => seconds / size)];

    private Summary Peak(int size, Func<Peaks, double> value) => Summary.Of([.. _peaks[size].Skip(1).Select(value)]);

    private static string Series(int size) => size.ToString("'userlands-'0", CultureInfo.InvariantCulture);

    // Of one run. Memory and disk in MB.
    private sealed record Peaks(double Memory, double Images, double Disk);
}
