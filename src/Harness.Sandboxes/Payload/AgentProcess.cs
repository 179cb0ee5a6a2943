using System.Diagnostics;
using System.Runtime.Versioning;
using Harness.Core.Protocol;
using Harness.Core.Running;
using Harness.Host.Guarding;
using Harness.Host.Processes;

namespace Harness.Sandboxes.Payload;

/// <summary>A process of this machine whose standard output is an agent's channel: the agent itself, or what starts it.</summary>
/// <param name="Program">Its path.</param>
/// <param name="Arguments">Passed as they are.</param>
internal sealed record AgentProcess(string Program, ImmutableArray<string> Arguments)
{
    private const int TextFileBusy = 26, NoExecFormat = 8, TryAgain = 11;

    /// <summary>What it gets beside that.</summary>
    internal ImmutableSortedDictionary<string, string> Environment { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Whether it gets the harness's own environment; else none.</summary>
    internal bool KeepsEnvironment { get; init; }

    /// <summary>The key of the agent's channel, for its environment; null where it is handed on in another way.</summary>
    internal ChannelKey? Key { get; init; }

    /// <summary>
    /// What its end means: the sandbox's end, seen; or, for a tool that also removes what it has started, that the sandbox is gone.
    /// </summary>
    internal string EndStamp { get; init; } = Stamps.Ended;

    /// <summary>Whether its start is the sandbox's, and not only that of a tool which then starts it.</summary>
    internal bool IsSandbox { get; init; } = true;

    /// <summary>The status by which a tool says that it failed itself, whatever else it says; null where it has none.</summary>
    internal int? FailureStatus { get; init; }

    /// <summary>Starts it, copies what it writes and waits for its end. Whatever happens, it and its descendants are gone afterwards.</summary>
    [SupportedOSPlatform("linux")]
    internal async Task<SandboxEnd> RunAsync(GuardLink guard, TimeSpan patience, IChannelSink channel, Stamps stamps, CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(patience);
        using var process = new Process { StartInfo = Info() };
        HostClock? before;
        try
        {
            before = await StartAsync(process, stamps, deadline.Token);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            // What is started is the harness's own or the host's: only a program of another architecture says something of the cell.
            return e.NativeErrorCode == NoExecFormat ? new SandboxEnd.Refused(e.Message)
                : new SandboxEnd.Failed($"{Program} could not be started ({e.Message}){(e.NativeErrorCode == TryAgain ? ": the user may have no more processes; raise the limit (ulimit -u)" : "")}");
        }

        var entry = ProcessTable.Find(process.Id) ?? new ProcessEntry(process.Id, System.Environment.ProcessId, -1);
        try
        {
            await guard.SendAsync(new GuardLine.Watch(entry.Id, entry.StartTime));
            process.StandardInput.Close();
            return await FollowAsync(process, entry, before, stamps.Watch(channel), stamps, deadline.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new SandboxEnd.DeadlineExceeded();
        }
        finally
        {
            if (!process.HasExited)
                ProcessTable.KillTree(entry);
            await guard.SendAsync(new GuardLine.Forget(entry.Id));
        }
    }

    private ProcessStartInfo Info()
    {
        var info = new ProcessStartInfo(Program, Arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        // As in a container: what the plan gives is the probes' whole environment.
        if (!KeepsEnvironment)
            info.Environment.Clear();
        foreach (var (name, value) in Environment)
            info.Environment[name] = value;
        if (Key is { } key)
            info.Environment[ChannelKey.Variable] = key.ToHex();
        return info;
    }

    /// <summary>Starts it and says what the clocks were before.</summary>
    private async Task<HostClock?> StartAsync(Process process, Stamps stamps, CancellationToken cancellation)
    {
        while (true)
        {
            var before = HostClock.Read();
            // Marked after it has succeeded, with the time before: an attempt that failed is not part of the start.
            var begin = Stamps.Now();
            try
            {
                process.Start();
                var started = Stamps.Now();
                stamps.Mark(Stamps.Begin, begin);
                if (IsSandbox)
                    stamps.Mark(Stamps.Started, started);
                return before;
            }
            catch (System.ComponentModel.Win32Exception e) when (e.NativeErrorCode == TextFileBusy)
            {
                // Only where the file system grants no leases: FreshProgram could not wait until nobody has the agent open for writing.
                await Task.Delay(1, cancellation);
            }
        }
    }

    [SupportedOSPlatform("linux")]
    private async Task<SandboxEnd> FollowAsync(
        Process process, ProcessEntry entry, HostClock? before, IChannelSink channel, Stamps stamps, CancellationToken deadline)
    {
        var error = new KeptText();
        var errors = CopyAsync(process.StandardError.BaseStream, bytes => { error.Add(bytes); return true; }, deadline);
        var anyOutput = false;
        var isWhole = await CopyAsync(process.StandardOutput.BaseStream, bytes => { anyOutput = true; return channel.Write(bytes); }, deadline);
        if (!isWhole)
            ProcessTable.KillTree(entry);
        await process.WaitForExitAsync(deadline);
        stamps.Mark(EndStamp);
        // Ctrl-C reaches the whole foreground group, the agent too: then it was the user who ended it.
        if (process.ExitCode is 128 + Native.SigInt or 128 + Native.SigTerm or 128 + Native.SigHup)
            await Task.Delay(TimeSpan.FromMilliseconds(250), deadline);
        var after = HostClock.Read();
        await errors;
        return error.End(process.ExitCode, outOfMemory: false, anyOutput, process.ExitCode == FailureStatus) with { HostReadings = HostClock.Readings(before, after) };
    }

    private static async Task<bool> CopyAsync(Stream stream, ByteTaker take, CancellationToken cancellation)
    {
        var buffer = new byte[64 * 1024];
        while (await stream.ReadAsync(buffer, cancellation) is > 0 and var count)
        {
            if (!take(buffer.AsSpan(0, count)))
                return false;
        }

        return true;
    }

    /// <summary>Takes bytes; false: no more of them.</summary>
    private delegate bool ByteTaker(ReadOnlySpan<byte> bytes);
}
