using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using Harness.Core.Running;
using Harness.Host.Guarding;
using Harness.Host.Processes;

namespace Harness.Sandboxes.Machines;

/// <summary>One QEMU, from its start to its end.</summary>
[SupportedOSPlatform("linux")]
internal sealed class QemuProcess(string program, GuardLink guard)
{
    private static readonly TimeSpan MonitorPatience = TimeSpan.FromSeconds(2);

    /// <summary>Asks it what it made, before its guest runs; null where that is not asked.</summary>
    internal MachineMonitor? Monitor { get; init; }

    /// <summary>
    /// Runs a machine until it ends, its channel has enough, or its time is up. Whatever happens, QEMU is gone afterwards.
    /// Its readings are the caller's to complete with <paramref name="stamps"/>.
    /// </summary>
    internal async Task<SandboxEnd> RunAsync(MachineSettings machine, TimeSpan patience, IChannelSink channel, Stamps stamps, CancellationToken cancellation)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(program, machine.Arguments())
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = "/",
            },
        };
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(patience);
        var console = new GuestConsole();
        var before = HostClock.Read();
        stamps.Mark(Stamps.Begin);
        process.Start();
        stamps.Mark(Stamps.Started);
        var line = new SerialLine(channel, stamps);
        var entry = ProcessTable.Find(process.Id) ?? new ProcessEntry(process.Id, Environment.ProcessId, -1);
        await guard.SendAsync(new GuardLine.Watch(entry.Id, entry.StartTime));
        var log = PumpAsync(process.StandardError.BaseStream, bytes => { console.Add(bytes); return true; });
        using var ended = new CancellationTokenSource();
        var talk = TalkAsync(entry, ended.Token);
        SandboxEnd end;
        var anyOutput = false;
        try
        {
            process.StandardInput.Close();
            var frames = PumpAsync(process.StandardOutput.BaseStream, bytes => { anyOutput = true; return line.Write(bytes); });
            if (!await frames.WaitAsync(deadline.Token))
                ProcessTable.Signal(entry, Native.SigKill);
            await process.WaitForExitAsync(deadline.Token);
            stamps.Mark(Stamps.Ended);
            await log.WaitAsync(deadline.Token);
            end = End(process.ExitCode, anyOutput, console.Content);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            end = new SandboxEnd.DeadlineExceeded();
        }
        finally
        {
            ProcessTable.Signal(entry, Native.SigKill);
            await process.WaitForExitAsync(CancellationToken.None);
            stamps.MarkOnce(Stamps.Ended);
            // What it said before its end is read to the end.
            Monitor?.Hush();
            ended.CancelAfter(MonitorPatience);
            await talk;
            await guard.SendAsync(new GuardLine.Forget(entry.Id));
        }

        await log;
        // A guest that may never have run has neither hung nor crashed.
        if (Monitor is { IsReleased: false } && !anyOutput && end is SandboxEnd.DeadlineExceeded or SandboxEnd.Crashed)
            end = new SandboxEnd.Failed("QEMU did not answer on its monitor: whether its guest ran is not known");
        return end with
        {
            HostReadings = [.. HostClock.Readings(before, HostClock.Read()), .. line.Readings],
            RawFiles = [new RawFile("console.log", console.Content)],
        };
    }

    // One that is called and gets no answer would wait for ever with its guest.
    private async Task TalkAsync(ProcessEntry qemu, CancellationToken ended)
    {
        if (Monitor is null)
            return;
        await Monitor.TalkAsync(ended);
        if (!Monitor.IsReleased)
            ProcessTable.Signal(qemu, Native.SigKill);
    }

    /// <summary>What QEMU's end says of the guest's: every reset of the guest ends QEMU well, and its own failures do not.</summary>
    internal static SandboxEnd End(int exitCode, bool anyOutput, ImmutableArray<byte> console)
    {
        if (exitCode is not (0 or 128 + Native.SigKill))
            return new SandboxEnd.Failed(string.Create(CultureInfo.InvariantCulture, $"QEMU ended with status {exitCode}: {GuestConsole.LastLine(console)}"));
        if (GuestConsole.Panic(console) is { } panic)
            return new SandboxEnd.Crashed($"the guest's kernel panicked: {panic}");
        return anyOutput
            ? new SandboxEnd.Exited(exitCode, OutOfMemory: false)
            : new SandboxEnd.Crashed($"the guest ended without reaching user space{(GuestConsole.LastLine(console) is { Length: > 0 } last ? $"; the console's last line: {last}" : "")}");
    }

    private static async Task<bool> PumpAsync(Stream stream, ByteTaker take)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await stream.ReadAsync(buffer) is > 0 and var count)
            {
                if (!take(buffer.AsSpan(0, count)))
                    return false;
            }
        }
        catch (IOException)
        {
            // The pipe ended with its process.
        }

        return true;
    }

    /// <summary>Takes bytes; false: no more of them.</summary>
    private delegate bool ByteTaker(ReadOnlySpan<byte> bytes);
}
