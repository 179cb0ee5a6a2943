using System.Collections.Immutable;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Harness.Core.Protocol;

namespace Harness.IntegrationTests;

/// <summary>The built agent, run as a plain process of this machine.</summary>
/// <param name="Frames">What the reader took.</param>
/// <param name="Error">Why it stopped taking, if it did.</param>
/// <param name="ExitCode">The agent's status.</param>
/// <param name="Stderr">What the agent itself said.</param>
internal sealed record AgentRun(ImmutableArray<Frame> Frames, ProtocolError? Error, int ExitCode, string Stderr)
{
    /// <summary>How the probe of this index ended.</summary>
    internal ProbeEndedFrame Ended(ushort probe = 0) => Frames.OfType<ProbeEndedFrame>().Single(frame => frame.Probe == probe);

    /// <summary>What the probe's program wrote to one of its streams.</summary>
    internal string Output(ushort probe = 0, byte channel = 1) => string.Concat(
        Frames.OfType<OutputFrame>().Where(frame => frame.Probe == probe && frame.Channel == channel).Select(frame => frame.Bytes.ToString()));

    /// <summary>The agent, or null with the reason where it cannot run here.</summary>
    internal static string? Unavailable =>
        !OperatingSystem.IsLinux() ? "the agent is a Linux program"
        : RuntimeInformation.OSArchitecture != Architecture.X64 ? "the test runs the x86_64 agent"
        : null;

    /// <summary>Runs a plan that the agent is given as text.</summary>
    internal static Task<AgentRun> Start(string plan, CancellationToken cancellation) => Start([Agent("x86_64")], plan, cancellation);

    /// <summary>Runs the aarch64 agent under <see cref="Emulator"/>.</summary>
    internal static Task<AgentRun> StartEmulated(CancellationToken cancellation, params ImmutableArray<AgentProbe> probes) =>
        Start([Emulator, Agent("aarch64")], Plan(probes).Render(), cancellation);

    /// <summary>Runs the agent as the last arguments of a program.</summary>
    internal static Task<AgentRun> StartUnder(ImmutableArray<string> program, CancellationToken cancellation, params ImmutableArray<AgentProbe> probes) =>
        Start([.. program, Agent("x86_64")], Plan(probes).Render(), cancellation);

    private static async Task<AgentRun> Start(ImmutableArray<string> command, string plan, CancellationToken cancellation)
    {
        var path = Path.Combine(Path.GetTempPath(), $"agent-plan-{Guid.NewGuid():N}");
        await File.WriteAllTextAsync(path, plan, cancellation);
        try
        {
            var info = new ProcessStartInfo(command[0], [.. command[1..], path])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            info.Environment[ChannelKey.Variable] = Key.ToHex();
            using var process = Process.Start(info)!;
            process.StandardInput.Close();
            var stderr = process.StandardError.ReadToEndAsync(cancellation);
            var (frames, error) = await Read(process.StandardOutput.BaseStream, cancellation);
            await process.WaitForExitAsync(cancellation);
            return new(frames, error, process.ExitCode, await stderr);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Runs probes, under the key that <see cref="Key"/> names.</summary>
    internal static Task<AgentRun> Start(CancellationToken cancellation, params ImmutableArray<AgentProbe> probes) =>
        Start(Plan(probes).Render(), cancellation);

    /// <summary>Runs probes to the plan's end, with nothing to say of the agent itself.</summary>
    internal static async Task<AgentRun> Whole(params AgentProbe[] probes)
    {
        var run = await Start(TestContext.Current.CancellationToken, [.. probes]);
        Assert.Equal((0, "", null), (run.ExitCode, run.Stderr, run.Error));
        return run;
    }

    /// <summary>A plan of these probes.</summary>
    internal static AgentPlan Plan(params ImmutableArray<AgentProbe> probes) =>
        new() { Environment = [new("PATH", "/usr/bin:/bin")], Probes = probes };

    /// <summary>A shell command as probe 0.</summary>
    internal static ExecProbe Shell(string command, double seconds = 20, long limit = 1 << 20) =>
        new(0, TimeSpan.FromSeconds(seconds), limit, ["/bin/sh", "-c", command]);

    internal static ChannelKey Key { get; } = ChannelKey.Create();

    /// <summary>What runs programs for aarch64 one by one.</summary>
    internal static string Emulator => "/usr/bin/qemu-aarch64-static";

    private static string Agent(string architecture) => Path.Combine(Root(), "experiments", "probes", "bin", $"agent-{architecture}");

    private static string Root([CallerFilePath] string file = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", ".."));

    private static async Task<(ImmutableArray<Frame> Frames, ProtocolError? Error)> Read(Stream stream, CancellationToken cancellation)
    {
        var reader = new FrameReader(Key);
        var frames = ImmutableArray.CreateBuilder<Frame>();
        var buffer = new byte[4096];
        int count;
        while ((count = await stream.ReadAsync(buffer, cancellation)) > 0)
        {
            frames.AddRange(reader.Push(buffer.AsSpan(0, count)));
        }

        return (frames.ToImmutable(), reader.Complete());
    }
}
