using System.Diagnostics;
using Harness.Core.Definitions;

namespace Harness.IntegrationTests.Cli;

/// <summary>A repository of its own in a temporary folder, with the real experiments and a cache of its own, and the harness as a user starts it.</summary>
internal sealed class Repository : IDisposable
{
    private static readonly string _source = ExperimentsFolder.FindRepository(AppContext.BaseDirectory)
        ?? throw new InvalidOperationException("the tests run outside of the repository");

    private readonly List<Process> _started = [];

    public Repository()
    {
        // A short path: the engine's sockets live below it.
        Root = Directory.CreateTempSubdirectory("h-").FullName;
        File.WriteAllText(Path.Combine(Root, "Harness.sln"), "");
        Copy(Path.Combine(_source, "experiments"), Path.Combine(Root, "experiments"));
        Cache = Path.Combine(Root, "c");
        Directory.CreateDirectory(Cache);
    }

    /// <summary>The repository that is tested.</summary>
    public static string Source => _source;

    public string Root { get; }

    /// <summary>XDG_CACHE_HOME of what is started here.</summary>
    public string Cache { get; }

    /// <summary>What else stands in the environment of what is started here.</summary>
    public Dictionary<string, string> Variables { get; } = [];

    /// <summary>A program, with arguments, that starts what is started here; none: it is started directly.</summary>
    public IReadOnlyList<string> Through { get; set; } = [];

    /// <summary>The harness that is started here: the build's, or the one that <c>HARNESS_TEST_PROGRAM</c> names, which may start faster.</summary>
    public string Program { get; set; } = Environment.GetEnvironmentVariable("HARNESS_TEST_PROGRAM") ?? Path.Combine(AppContext.BaseDirectory, "harness");

    public string Run(string id) => Path.Combine(Root, "results", id);

    public void Experiment(string id, string yaml, params (string Name, string Text)[] scripts)
    {
        var folder = Path.Combine(Root, "experiments", id);
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "experiment.yaml"), yaml);
        File.WriteAllText(Path.Combine(folder, "README.md"), "For a test.\n");
        File.WriteAllText(
            Path.Combine(folder, "verdict.sql"),
            "CREATE VIEW verdict AS SELECT 'C1' AS claim, '' AS scope, 'not tested' AS verdict, 'real' AS basis, 'For a test.' AS summary, 0 AS trials;\n"
            + "CREATE VIEW evidence AS SELECT 'C1' AS claim, '' AS scope, trial_id FROM trial WHERE false;\n");
        foreach (var (name, text) in scripts)
        {
            File.WriteAllText(Path.Combine(Root, "experiments", "probes", name), text);
        }
    }

    public Process Start(params string[] arguments)
    {
        // What a shell starts in the background ignores Ctrl-C, and so does all that it starts: these tests among it.
        var info = new ProcessStartInfo("env", ["--default-signal=INT", .. Through, Program, .. arguments])
        {
            WorkingDirectory = Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        info.Environment["XDG_CACHE_HOME"] = Cache;
        // A user's engine must not be found: these tests use the private one.
        foreach (var name in new[] { "DOCKER_HOST", "DOCKER_CONTEXT" })
        {
            info.Environment.Remove(name);
        }

        if (Machine.UsersEngine is { } engine)
        {
            info.Environment["DOCKER_HOST"] = engine;
        }

        info.Environment["DOCKER_CONFIG"] = Root;
        foreach (var (name, value) in Variables)
        {
            info.Environment[name] = value;
        }

        var process = Process.Start(info)!;
        // A handle of its own: the test disposes of the one it gets.
        _started.Add(Process.GetProcessById(process.Id));
        return process;
    }

    /// <summary>Starts the harness, to be watched at work.</summary>
    public Running Watch(params string[] arguments) => new(Start(arguments));

    /// <summary>Waits until nothing of what was started here is left, and nothing in these folders; what is left after a minute fails the test.</summary>
    public async Task GoneAsync(params string[] folders)
    {
        var began = Stopwatch.GetTimestamp();
        while (Left().Count > 0 && Stopwatch.GetElapsedTime(began) < TimeSpan.FromMinutes(1))
            await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.Empty(Left());

        // The guard, which no argument of it gives away, removes folders after the processes that used them.
        List<string> Left() => [.. Remains(), .. folders.Where(Directory.Exists).SelectMany(Directory.EnumerateFileSystemEntries)];
    }

    public async Task<Answer> HarnessAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new Answer(process.ExitCode, await output, await error);
    }

    /// <summary>Processes and mounts that name this repository's folder: what must be gone.</summary>
    public IReadOnlyList<string> Remains()
    {
        var remains = new List<string>();
        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), out _)))
        {
            try
            {
                var arguments = File.ReadAllText(Path.Combine(folder, "cmdline")).Replace('\0', ' ');
                if (arguments.Contains(Root + "/", StringComparison.Ordinal))
                {
                    remains.Add(arguments);
                }
            }
            catch (IOException)
            {
                // It ended while it was looked at.
            }
        }

        remains.AddRange(File.ReadLines("/proc/self/mounts").Where(line => line.Contains(Root + "/", StringComparison.Ordinal)));
        return remains;
    }

    public void Dispose()
    {
        // A test that failed half-way leaves its harness running; what it then finds left behind must not hide why.
        var running = _started.Where(process => !process.HasExited).ToList();
        foreach (var process in running)
        {
            process.Kill();
            process.WaitForExit();
        }

        if (running.Count > 0)
        {
            for (var tries = 0; tries < 300 && Remains().Count > 0; tries++)
                Thread.Sleep(100);
        }

        var remains = Remains();
        // Not Directory.Delete: images may hold names that are no UTF-8, which .NET cannot say.
        using var rm = Process.Start("rm", ["-rf", Root]);
        rm.WaitForExit();
        Assert.Empty(remains);
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }

        foreach (var folder in Directory.EnumerateDirectories(from))
        {
            Copy(folder, Path.Combine(to, Path.GetFileName(folder)));
        }
    }
}

/// <summary>What a command answered.</summary>
internal sealed record Answer(int ExitCode, string Output, string Error)
{
    public override string ToString() => $"exit {ExitCode}\n{Output}\n{Error}";
}
