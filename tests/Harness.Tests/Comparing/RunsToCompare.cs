using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Tests.Analysis;
using Harness.Tests.Syscalls;

namespace Harness.Tests.Comparing;

/// <summary>Makes runs in a folder of the test's own, by name, and compares them as a user does.</summary>
internal sealed class RunsToCompare : IDisposable
{
    private readonly List<IDisposable> _runs = [];

    internal string Root { get; } = Directory.CreateTempSubdirectory("harness-test-").FullName;

    public void Dispose()
    {
        _runs.ForEach(run => run.Dispose());
        Directory.Delete(Root, recursive: true);
    }

    internal Task<(int Code, string Answer, string Error)> CompareAsync(params string[] arguments) => Consoles.HarnessAsync(["compare", .. arguments, "--runs", Root]);

    internal RunFolder Surface(string errno) => Keep(new SurfaceRun()
        .Sweep(SurfaceRun.Container(), "6.1.0", ["0 read - 9", $"2 open - {errno}", "101 ptrace - 1", "335 uretprobe 6.11 38"])
        .Sweep(SurfaceRun.Container("seccomp=unconfined"), "6.1.0", ["0 read - 9", "2 open - 14", "101 ptrace - 3", "335 uretprobe 6.11 38"])).Build();

    internal string History(int runs, Func<HostEnvironment, HostEnvironment>? where = null)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Root, "history")).FullName;
        for (var i = 0; i < runs; i++)
        {
            Startup((ulong)i, $"h{i}", folder, where: where);
        }

        return folder;
    }

    internal void Startup(ulong seed, string name, string? root = null, double runc = 1, double all = 1, Func<HostEnvironment, HostEnvironment>? where = null, string[]? cells = null, int blocks = 10)
    {
        var run = Keep(new StartupRun(seed) { Root = root ?? Root, Name = name, Where = where ?? (usual => usual) });
        var host = run.Where(RunBuilder.Environment(StartupRun.Host)).HostId;
        for (var block = 1; block <= blocks; block++)
        {
            foreach (var (cell, median) in Cells(runc))
            {
                if (cells?.Contains(cell.Runtime) != false)
                {
                    run.Trial(cell, block, run.Draw(median * all, 0.05), new StartupRun.How { Host = host });
                }
            }
        }

        run.Build();
    }

    /// <summary>A run of two hosts, as merging makes it: by host and cell so many times the usual time, or null for what was not measured there.</summary>
    internal void Merged(ulong seed, string name, string root, Func<string, string, double?> times, Func<HostEnvironment, HostEnvironment>? where = null)
    {
        var run = Keep(new StartupRun(seed) { Root = root, Name = name, Where = where ?? (usual => usual) });
        foreach (var host in (string[])[StartupRun.Host, Other])
        {
            for (var block = 1; block <= 10; block++)
            {
                foreach (var (cell, median) in Cells(1))
                {
                    if (times(host, cell.Runtime) is { } factor)
                    {
                        run.Trial(cell, block, run.Draw(median * factor, 0.05), new StartupRun.How { Host = host });
                    }
                }
            }
        }

        run.Build();
    }

    /// <summary>Another host than the usual one.</summary>
    internal const string Other = "ba9876543210";

    private static (Cell Cell, double Median)[] Cells(double runc) =>
        [(StartupRun.Process, 1.5), (Cell.Parse("busybox:static|host|/namespaces||"), 4), (Cell.Parse("busybox:static|host|/runc||"), 38 * runc)];

    internal T Keep<T>(T run)
        where T : IDisposable
    {
        _runs.Add(run);
        return run;
    }

    internal void Copy(RunFolder run, string name)
    {
        foreach (var file in Directory.EnumerateFiles(run.Root, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(Root, name, Path.GetRelativePath(run.Root, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }
}
