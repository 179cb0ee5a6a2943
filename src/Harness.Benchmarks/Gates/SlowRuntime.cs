using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using Harness.Core;

namespace Harness.Benchmarks.Gates;

/// <summary>A <c>runc</c> that sleeps before it is the real one: a slowdown that is known, found first on PATH as long as this lives.</summary>
internal sealed class SlowRuntime : IDisposable
{
    private readonly string? _path = Environment.GetEnvironmentVariable("PATH");
    private readonly string _folder;

    private SlowRuntime(string folder) => _folder = folder;

    /// <summary>Puts it before the real one.</summary>
    /// <exception cref="HarnessException">There is no real one.</exception>
    [SupportedOSPlatform("linux")]
    internal static SlowRuntime Begin(TimeSpan sleep)
    {
        string[] folders = [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'), "/usr/sbin", "/usr/bin"];
        var real = folders.Select(folder => Path.Combine(folder, "runc")).FirstOrDefault(File.Exists) ?? throw new HarnessException("there is no runc on PATH: install runc");
        var folder = Directory.CreateTempSubdirectory("harness-benchmark-").FullName;
        var script = Path.Combine(folder, "runc");
        // Only starts are slowed down. The path is the machine's own, so that it is quoted.
        File.WriteAllText(script, string.Create(CultureInfo.InvariantCulture, $"#!/bin/sh\ncase \" $* \" in *' run '*) sleep {sleep.TotalSeconds:0.0000};; esac\nexec '{real.Replace("'", "'\\''", StringComparison.Ordinal)}' \"$@\"\n"));
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var slow = new SlowRuntime(folder);
        Environment.SetEnvironmentVariable("PATH", $"{folder}:{slow._path}");
        return slow;
    }

    /// <summary>What the wrapper takes itself with a sleep of no time: the median over starts of a program that does nothing, with it and without, in turn.</summary>
    [SupportedOSPlatform("linux")]
    internal static async Task<TimeSpan> OverheadAsync(CancellationToken cancellation)
    {
        const int Starts = 31;
        var (with, without) = (new List<TimeSpan>(), new List<TimeSpan>());
        for (var i = 0; i < Starts; i++)
        {
            with.Add(await TimeAsync("/bin/sh", "-c", "case \" $* \" in *' run '*) sleep 0.0000;; esac\nexec /bin/true \"$@\"", "runc", "run"));
            without.Add(await TimeAsync("/bin/true", "run"));
        }

        return Median(with) - Median(without);

        async Task<TimeSpan> TimeAsync(string program, params string[] arguments)
        {
            var began = Stopwatch.GetTimestamp();
            using var process = Process.Start(program, arguments);
            await process.WaitForExitAsync(cancellation);
            return Stopwatch.GetElapsedTime(began);
        }

        static TimeSpan Median(List<TimeSpan> times) => times.Order().ElementAt(times.Count / 2);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Environment.SetEnvironmentVariable("PATH", _path);
        Directory.Delete(_folder, recursive: true);
    }
}
