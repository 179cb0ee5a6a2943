using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using CsvHelper;
using Harness.Cli;
using Harness.Core;
using Harness.Core.Journaling;
using Harness.Host.Paths;
using Spectre.Console;

namespace Harness.Benchmarks.Soak;

/// <summary>
/// <c>soak</c>: whether a long run needs ever more memory, in the harness or in its engine, and what it leaves behind. One real run with a private engine
/// and a cache of its own; memory is looked at all the while.
/// </summary>
internal static class SoakCommand
{
    // The middle against the end: what is made ready once at the beginning is no growth.
    private const double MostGrowth = 1.25;

    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(1);

    private static readonly ImmutableArray<string> _columns = ["process", "elapsed_s", "trials", "resident_bytes"];

    /// <summary>The command; exit code 1 where memory grew or something was left.</summary>
    internal static Command Create(Terminal terminal, Option<int> trials)
    {
        var output = new Option<string?>("--out") { HelpName = "FILE", Description = "CSV that every sample is written to (default: a new file in results/benchmarks/)." };
        var command = new Command("soak", "One long run with a private engine: memory of the harness and of the engine in the second fifth of its trials and in the last one, and what is left after it. As root.") { trials, output };
        command.SetAction((result, cancellation) => RunAsync(terminal, result.GetValue(trials), result.GetValue(output), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(Terminal terminal, int trials, string? output, CancellationToken cancellation)
    {
        var program = HarnessProgram.Find() is { } found && OperatingSystem.IsLinux() ? found : throw new HarnessException("soak needs Linux, and the harness beside this program: build the solution");
        var file = Path.GetFullPath(output ?? Path.Combine(Locations.Find(null).Runs.Root, "benchmarks", $"soak-{RunFolders.NewId(DateTimeOffset.UtcNow)}.csv"));
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        // A short path: the engine's sockets live below it.
        var folder = Directory.CreateTempSubdirectory("h-").FullName;
        try
        {
            var samples = await SampleAsync(program, folder, trials, terminal, cancellation);
            Write(file, samples);
            var left = Left(folder);
            var isFlat = Print(terminal, samples, left);
            terminal.Message($"samples: {file}");
            return isFlat && left.Count == 0 ? ExitCode.Ok : ExitCode.GateFailed;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<List<Sample>> SampleAsync(string program, string folder, int trials, Terminal terminal, CancellationToken cancellation)
    {
        var run = new RunFolder(Path.Combine(folder, "soak"));
        var paths = EnginePaths.At(Path.Combine(folder, "c", "harness"));
        // Six trials a block: two of the host, and two of a container and of plain namespaces each.
        var start = new ProcessStartInfo(program, ["run", "kernel-identity", "--kernel", "host", "--userland", "busybox:static", "--runtime", "runc", "--runtime", "namespaces", "--repeat", ((trials + 5) / 6).ToString(CultureInfo.InvariantCulture), "--out", folder, "--run-id", "soak"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["XDG_CACHE_HOME"] = Path.Combine(folder, "c");
        foreach (var name in (string[])["DOCKER_HOST", "DOCKER_CONTEXT"])
        {
            start.Environment.Remove(name);
        }

        using var harness = Process.Start(start)!;
        var (said, told) = (harness.StandardOutput.ReadToEndAsync(cancellation), harness.StandardError.ReadToEndAsync(cancellation));
        var samples = new List<Sample>();
        var clock = Stopwatch.StartNew();
        var next = 0;
        try
        {
            while (!harness.HasExited)
            {
                var done = File.Exists(run.TrialsCsv) ? (await File.ReadAllLinesAsync(run.TrialsCsv, cancellation)).Length - 1 : 0;
                Add("harness", harness.Id.ToString(CultureInfo.InvariantCulture));
                Add("dockerd", File.Exists(paths.PidFile) ? (await File.ReadAllTextAsync(paths.PidFile, cancellation)).Trim() : "");
                if (done >= next)
                {
                    terminal.Message(string.Create(CultureInfo.InvariantCulture, $"soak: {done} trials"));
                    next = done + Math.Max(1, trials / 5);
                }

                await Task.Delay(_interval, cancellation);

                void Add(string name, string pid)
                {
                    if (done > 0 && Resident(pid) is { } bytes)
                    {
                        samples.Add(new Sample(name, clock.Elapsed, done, bytes));
                    }
                }
            }
        }
        finally
        {
            if (!harness.HasExited)
            {
                harness.Kill();
            }
        }

        await said;
        return harness.ExitCode == 0 && samples.Count > 0 ? samples : throw new HarnessException($"the run ended with status {harness.ExitCode}: {(await told).ReplaceLineEndings(" ").Trim()}");
    }

    private static bool Print(Terminal terminal, List<Sample> samples, List<string> left)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("process", "samples", "second fifth, MiB", "last fifth, MiB", "growth", "aim", "met");
        var most = samples.Max(sample => sample.Trials);
        var isFlat = true;
        foreach (var series in samples.GroupBy(sample => sample.Process))
        {
            var (early, late) = (Median(series, most / 5, 2 * most / 5), Median(series, 4 * most / 5, most - 1));
            isFlat &= late <= MostGrowth * early;
            table.AddRow(
                series.Key, Text(series.Count()), Text(early), Text(late), string.Create(CultureInfo.InvariantCulture, $"{late / early:0.00}×"), string.Create(CultureInfo.InvariantCulture, $"≤ {MostGrowth}×"), late <= MostGrowth * early ? "yes" : "no");
        }

        terminal.Out.Write(table);
        terminal.Answer(string.Create(CultureInfo.InvariantCulture, $"{most} trials; left behind: {(left.Count == 0 ? "nothing" : string.Join("; ", left))}"));
        return isFlat;

        static string Text(double number) => number.ToString("0.#", CultureInfo.InvariantCulture);

        static double Median(IEnumerable<Sample> series, int from, int to)
        {
            var sorted = series.Where(sample => sample.Trials >= from && sample.Trials <= to).Select(sample => sample.Bytes / 1048576.0).Order().ToList();
            return sorted.Count > 0 ? sorted[sorted.Count / 2] : double.NaN;
        }
    }

    private static void Write(string file, List<Sample> samples)
    {
        using var writer = CsvWriter.ToFile(file, Csv.WriterOptions);
        writer.WriteHeader(_columns.AsSpan());
        foreach (var sample in samples)
        {
            foreach (var field in (string[])[sample.Process, sample.Elapsed.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture), sample.Trials.ToString(CultureInfo.InvariantCulture), sample.Bytes.ToString(CultureInfo.InvariantCulture)])
            {
                writer.WriteField(field);
            }

            writer.EndRecord();
        }
    }

    private static long? Resident(string pid)
    {
        try
        {
            return pid.Length > 0 && File.ReadLines($"/proc/{pid}/status").FirstOrDefault(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)) is { } line
                ? long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024
                : null;
        }
        catch (IOException)
        {
            // It ended while it was looked at.
            return null;
        }
    }

    // Processes and mounts that name the folder.
    private static List<string> Left(string folder)
    {
        var left = File.ReadLines("/proc/self/mounts").Where(line => line.Contains(folder + "/", StringComparison.Ordinal)).ToList();
        foreach (var process in Directory.EnumerateDirectories("/proc").Where(process => int.TryParse(Path.GetFileName(process), out _)))
        {
            try
            {
                var arguments = File.ReadAllText(Path.Combine(process, "cmdline")).Replace('\0', ' ');
                if (arguments.Contains(folder + "/", StringComparison.Ordinal))
                {
                    left.Add(arguments);
                }
            }
            catch (IOException)
            {
                // It ended while it was looked at.
            }
        }

        return left;
    }

    private sealed record Sample(string Process, TimeSpan Elapsed, int Trials, long Bytes);
}
