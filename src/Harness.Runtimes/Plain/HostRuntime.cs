using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text;
using Harness.Core.Model;
using Harness.Core.Running;
using Harness.Runtimes.Containers;
using Harness.Runtimes.Guarding;
using Harness.Runtimes.PrivateEngine;
using Harness.Runtimes.Processes;
using Harness.Runtimes.Seccomp;

namespace Harness.Runtimes.Plain;

/// <summary>Runs the agent as a plain process of this machine: no container, the machine's own userland.</summary>
internal sealed class HostRuntime(EnginePaths paths, AgentFiles agents, GuardLink guard) : IRuntime
{
    private const int TextFileBusy = 26;

    private readonly SymbolWitness _symbols = new(agents);

    /// <inheritdoc/>
    public string Engine => "";

    /// <inheritdoc/>
    public string Runtime => "host";

    /// <inheritdoc/>
    public Task<Preparation> PrepareAsync(Cell cell, IProgress<string> messages, CancellationToken cancellation) =>
        Task.FromResult<Preparation>(Reason(cell) is { } reason ? new Preparation.Unavailable(reason) : new Preparation.Ready("") { Architecture = Machine.Architecture });

    /// <inheritdoc/>
    public async Task<SandboxEnd> RunAsync(SandboxRequest request, IChannelSink channel, CancellationToken cancellation)
    {
        if (!OperatingSystem.IsLinux() || agents.Find(Machine.Architecture) is not { } agent)
            return new SandboxEnd.Failed(Reason(request.Cell) ?? agents.Missing(Machine.Architecture));
        await using var folder = await TemporaryFolder.CreateAsync(paths, guard);
        // Before the agent: starting that one takes longer than another thread's new process holds a file open that it inherited.
        foreach (var (name, content) in request.Programs)
        {
            var file = Path.Combine(folder.Path, name);
            await File.WriteAllBytesAsync(file, content.AsMemory(), cancellation);
            File.SetUnixFileMode(file, Userlands.ReproducibleTar.Executable);
        }

        var program = Path.Combine(folder.Path, "agent");
        File.Copy(agent, program);
        File.SetUnixFileMode(program, Userlands.ReproducibleTar.Executable);
        foreach (var (name, content) in request.Files)
        {
            var file = Path.Combine(folder.Path, name);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllBytesAsync(file, content.AsMemory(), cancellation);
        }

        var plan = Path.Combine(folder.Path, "plan");
        await File.WriteAllTextAsync(plan, Relocate(request.AgentPlan, folder.Path), new UTF8Encoding(false), cancellation);
        var end = await RunAsync(program, plan, request.Deadline, channel, cancellation);
        return end with { HostReadings = [.. end.HostReadings, .. _symbols.For(request, Machine.Architecture)] };
    }

    /// <summary>The plan with its paths under <c>/.harness</c> moved to a folder: whole fields, not what a probe's text happens to hold.</summary>
    internal static string Relocate(string plan, string folder) => string.Join('\n', plan.Split('\n').Select(line =>
        string.Join('\t', line.Split('\t').Select(field =>
            field == SandboxArchive.Folder || field.StartsWith(SandboxArchive.Folder + "/", StringComparison.Ordinal)
                ? folder + field[SandboxArchive.Folder.Length..]
                : field))));

    private string? Reason(Cell cell)
    {
        if (!OperatingSystem.IsLinux())
            return "plain processes are probed on Linux only: run the harness on Linux for this cell";
        if (cell.Userland != Cell.HostUserland || cell.Kernel != "host")
            return "a plain process has the machine's own userland and kernel";
        if (cell.Variant.Length > 0)
            return $"plain processes have no setting '{cell.Variant}'";
        return agents.Find(Machine.Architecture) is null ? agents.Missing(Machine.Architecture) : null;
    }

    [SupportedOSPlatform("linux")]
    private async Task<SandboxEnd> RunAsync(string program, string plan, TimeSpan patience, IChannelSink channel, CancellationToken cancellation)
    {
        var info = new ProcessStartInfo(program, [plan])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        // As in a container: what the plan gives is the whole environment.
        info.Environment.Clear();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(patience);
        using var process = new Process { StartInfo = info };
        HostClock? before;
        try
        {
            before = await StartAsync(process, deadline.Token);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return new SandboxEnd.Refused(e.Message);
        }

        var entry = ProcessTable.Find(process.Id) ?? new ProcessEntry(process.Id, Environment.ProcessId, -1);
        await guard.SendAsync(new GuardLine.Watch(entry.Id, entry.StartTime));
        try
        {
            process.StandardInput.Close();
            return await FollowAsync(process, entry, before, channel, deadline.Token);
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

    /// <summary>Starts it and says what the clocks were before.</summary>
    private static async Task<HostClock?> StartAsync(Process process, CancellationToken cancellation)
    {
        while (true)
        {
            var before = HostClock.Read();
            try
            {
                process.Start();
                return before;
            }
            catch (System.ComponentModel.Win32Exception e) when (e.NativeErrorCode == TextFileBusy)
            {
                // Another thread's new process inherited the handle through which the agent was copied, until its exec.
                await Task.Delay(1, cancellation);
            }
        }
    }

    [SupportedOSPlatform("linux")]
    private static async Task<SandboxEnd> FollowAsync(Process process, ProcessEntry entry, HostClock? before, IChannelSink channel, CancellationToken deadline)
    {
        var error = new KeptText();
        var errors = CopyAsync(process.StandardError.BaseStream, bytes => { error.Add(bytes); return true; }, deadline);
        var anyOutput = false;
        var isWhole = await CopyAsync(process.StandardOutput.BaseStream, bytes => { anyOutput = true; return channel.Write(bytes); }, deadline);
        if (!isWhole)
            ProcessTable.KillTree(entry);
        await process.WaitForExitAsync(deadline);
        // Ctrl-C reaches the whole foreground group, the agent too: then it was the user who ended it.
        if (process.ExitCode is 128 + Native.SigInt or 128 + Native.SigTerm or 128 + Native.SigHup)
            await Task.Delay(TimeSpan.FromMilliseconds(250), deadline);
        var after = HostClock.Read();
        await errors;
        return error.End(process.ExitCode, outOfMemory: false, anyOutput) with { HostReadings = HostClock.Readings(before, after) };
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
