using System.Collections.Immutable;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Versioning;
using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Core.Protocol;
using Harness.Core.Running;
using Harness.Engines.PrivateEngine;
using Harness.Host.Guarding;
using Harness.Host.Paths;
using Harness.Host.Processes;
using Harness.Host.Provisioning;
using Harness.Images.Userlands;
using Harness.Sandboxes.Machines;

namespace Harness.IntegrationTests.Runtimes;

/// <summary>Tests that start engines run one after the other: each looks at what the machine is left with.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class OneEngineAtATime
{
    internal const string Name = "engine";
}

/// <summary>A cache of its own for each test, and what is left of it.</summary>
[SupportedOSPlatform("linux")]
internal sealed class EngineMachine : IDisposable
{
    /// <summary>Short, because sockets live below it.</summary>
    internal EnginePaths Paths { get; } = EnginePaths.At(Path.Combine(Path.GetTempPath(), "h" + Guid.NewGuid().ToString("N")[..8]));

    /// <summary>The test's own program, which can be a guard.</summary>
    internal static string Dummy => Path.Combine(AppContext.BaseDirectory, "Harness.Dummy");

    internal static string Agents => Path.Combine(Root(), "experiments", "probes", "bin");

    internal static Cell Busybox(string runtime, string variant = "") => new("busybox:static", "host", "docker", runtime, "", variant);

    /// <summary>
    /// Skips where the machine lacks something. With HARNESS_PROVISION=1 it is installed first, and what is then
    /// still missing is a failure: nobody should take skipped tests for passed ones.
    /// </summary>
    internal static async Task NeedAsync(params string[] programs)
    {
        Assert.SkipUnless(Machine.IsLinuxRoot, "needs Linux and root");
        if (Provisioner.AllowedByEnvironment)
        {
            using var provisioner = new Provisioner(allowed: true, EnginePaths.Default(), GuardLink.None(), new Progress<string>());
            await provisioner.EnsureAsync([.. Provisioner.Everything, .. programs.Contains(QemuRuntime.Tool.Program) ? [QemuRuntime.Tool] : ImmutableArray<Tool>.Empty], TestContext.Current.CancellationToken);
        }

        foreach (var program in programs)
            Tools.SkipWhere(Machine.FindProgram(program) is null, $"{program} is not installed");
    }

    internal RuntimeOptions Options(string run) => new()
    {
        RunId = run,
        CacheFolder = Paths.Root,
        AgentDirectory = Agents,
        Pull = PullPolicy.Never,
        HarnessExecutable = Dummy,
        Userlands =
        [
            new UserlandDefinition { Id = "busybox:static", Bootstrap = new BootstrapRecipe("busybox", "", "") },
            new UserlandDefinition { Id = "empty:0", Bootstrap = new BootstrapRecipe("empty", "", "") },
            new UserlandDefinition { Id = "debian:12", Bootstrap = new BootstrapRecipe("debian", "bookworm", "") },
        ],
        Messages = new Progress<string>(),
    };

    internal static SandboxRequest Request(Cell cell, AgentPlan plan, double seconds = 60) => new()
    {
        SandboxId = Guid.NewGuid().ToString("N")[..12],
        Cell = cell,
        ImageDigest = "",
        Key = AgentRun.Key,
        AgentPlan = plan.Render(),
        Files = ImmutableSortedDictionary<string, ImmutableArray<byte>>.Empty,
        Limits = new Limits(256 << 20, 64, 1 << 20),
        Deadline = TimeSpan.FromSeconds(seconds),
    };

    /// <summary>Processes that mention the cache, in their arguments or their environment, the test's own aside, and mounts in it.</summary>
    internal ImmutableArray<string> Remains()
    {
        var processes = ProcessTable.All()
            .Where(process => process.Id != Environment.ProcessId)
            .Select(process => (Line: string.Join(' ', ProcessTable.Arguments(process.Id)), Environ: Environ(process.Id)))
            .Where(process => process.Line.Contains(Paths.Root, StringComparison.Ordinal) || process.Environ.Contains(Paths.Root, StringComparison.Ordinal))
            .Select(process => process.Line);
        return [.. processes, .. MountTable.Below(Paths.Root)];
    }

    /// <summary>Waits until nothing is left.</summary>
    internal async Task<ImmutableArray<string>> RemainsAfterAsync(TimeSpan patience)
    {
        var began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began) < patience && !Remains().IsEmpty)
            await Task.Delay(50, TestContext.Current.CancellationToken);
        return Remains();
    }

    public void Dispose()
    {
        DaemonSweep.EndProcesses(Paths);
        DaemonSweep.RemoveRemains(Paths);
        FileTree.Delete(Paths.Root);
    }

    private static string Environ(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/environ");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static string Root([CallerFilePath] string file = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", ".."));
}

/// <summary>Keeps what came over the channel.</summary>
internal sealed class KeptChannel(ChannelKey key, int enough = int.MaxValue) : IChannelSink
{
    private readonly FrameReader _reader = new(key);

    internal List<Frame> Frames { get; } = [];

    internal TaskCompletionSource First { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool Write(ReadOnlySpan<byte> bytes)
    {
        Frames.AddRange(_reader.Push(bytes));
        First.TrySetResult();
        return Frames.Count < enough;
    }

    internal string Text(string metric) => Frames.OfType<TextFrame>().First(frame => frame.Metric == metric).Text.ToString();
}
