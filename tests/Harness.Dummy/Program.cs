using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Core.Protocol;
using Harness.Core.Running;
using Harness.Engines.Guarding;
using Harness.Images.Userlands;
using Harness.Runtimes;

// A real process to kill: it uses the runtimes as the harness does, and can be its own guard.
//   guard                                  the guard
//   hold CACHE AGENTS RUN qemu SECONDS KERNEL   the same in a machine that boots a kernel file
//   hold CACHE AGENTS RUN RUNTIME SECONDS  runs a sandbox that sleeps that long, says "running", then "ended"
if (args is [Guard.Argument, ..])
    return await Guard.RunAsync(args);

var (cache, agents, run, runtime, seconds) = (args[1], args[2], args[3], args[4], int.Parse(args[5], System.Globalization.CultureInfo.InvariantCulture));
await using var set = await RuntimeSet.CreateAsync(
    new RuntimeOptions
    {
        RunId = run,
        CacheFolder = cache,
        AgentDirectory = agents,
        Pull = PullPolicy.Never,
        HarnessExecutable = Environment.ProcessPath,
        Userlands = [new UserlandDefinition { Id = "busybox:static", Bootstrap = new BootstrapRecipe("busybox", "", "") }],
        Kernels = args is [_, _, _, _, _, _, var kernel] ? [new KernelDefinition { Id = "own", Path = kernel }] : [],
        Messages = new Progress<string>(Console.Error.WriteLine),
    },
    CancellationToken.None);
var cell = runtime switch
{
    "host" => new Cell("host", "host", "", "host", "", ""),
    // A shape that needs no proof: the boot that is killed is the sandbox's.
    "qemu" => new Cell("busybox:static", "own", "", "qemu", "tcg", "shape=q35"),
    _ => new Cell("busybox:static", "host", "docker", runtime, "", ""),
};
var target = set.Find(cell)!;
if (await target.PrepareAsync(cell, new Progress<string>(), CancellationToken.None) is not Preparation.Ready ready)
    return 3;
var sleep = $"harness-plan\t2\nenv\tPATH=/bin:/usr/bin\nprobe\t0\t{seconds * 1000}\t65536\tscript\t/.harness/sleep.sh\nend\n";
var end = await target.RunAsync(
    new SandboxRequest
    {
        SandboxId = "held",
        Cell = cell,
        ImageDigest = ready.ImageDigest,
        Key = ChannelKey.Create(),
        AgentPlan = sleep,
        Files = System.Collections.Immutable.ImmutableSortedDictionary<string, System.Collections.Immutable.ImmutableArray<byte>>.Empty
            .Add("sleep.sh", [.. System.Text.Encoding.ASCII.GetBytes($"exec sleep {seconds}\n")]),
        Limits = new Limits(256 << 20, 64, 65536),
        Deadline = TimeSpan.FromSeconds(seconds + 60),
    },
    new Announce(),
    CancellationToken.None);
Console.WriteLine($"ended {end}");
return 0;

/// <summary>Says that the agent has written its first bytes: the sandbox runs.</summary>
internal sealed class Announce : IChannelSink
{
    private bool _said;

    public bool Write(ReadOnlySpan<byte> bytes)
    {
        if (!_said)
            Console.WriteLine("running");
        _said = true;
        return true;
    }
}
