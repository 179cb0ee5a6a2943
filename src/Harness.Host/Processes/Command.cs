using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text;

namespace Harness.Host.Processes;

/// <summary>A program of the machine, run to its end.</summary>
/// <param name="Program">Path, or a name on PATH.</param>
/// <param name="Arguments">Passed as they are: no shell reads them.</param>
internal sealed record Command(string Program, ImmutableArray<string> Arguments)
{
    /// <summary>Set in addition to the harness's own environment; null removes a variable.</summary>
    internal ImmutableSortedDictionary<string, string?> Environment { get; init; } = ImmutableSortedDictionary<string, string?>.Empty;

    /// <summary>Where it runs; the harness's own folder where empty.</summary>
    internal string WorkingDirectory { get; init; } = "";

    /// <summary>Written to its standard input, which is then closed.</summary>
    internal string Input { get; init; } = "";

    /// <summary>Appended to, with both streams, as lines come; or null.</summary>
    internal string? LogFile { get; init; }

    /// <summary>Told the process once it runs, and again (false) when it is over: for the guard.</summary>
    internal Func<ProcessEntry, bool, Task>? Watch { get; init; }

    /// <summary>Runs it. Cancellation ends it with its descendants.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">The program cannot be started.</exception>
    internal async Task<CommandResult> RunAsync(CancellationToken cancellation)
    {
        var info = new ProcessStartInfo(Program, Arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = WorkingDirectory,
        };
        foreach (var (name, value) in Environment)
            info.Environment[name] = value;
        using var process = new Process { StartInfo = info };
        await using var log = LogFile is null ? null : new StreamWriter(LogFile, append: true, new UTF8Encoding(false));
        var gate = new Lock();
        StringBuilder output = new(), error = new();
        process.OutputDataReceived += (_, line) => Take(line.Data, output);
        process.ErrorDataReceived += (_, line) => Take(line.Data, error);
        process.Start();
        var entry = OperatingSystem.IsLinux() ? ProcessTable.Find(process.Id) : null;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            if (entry is not null && Watch is not null)
                await Watch(entry, true);
            await WriteInputAsync(process, cancellation);
            await process.WaitForExitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            if (OperatingSystem.IsLinux() && entry is not null)
                ProcessTable.KillTree(entry);
            else
                process.Kill(entireProcessTree: true);
            throw;
        }
        finally
        {
            if (entry is not null && Watch is not null)
                await Watch(entry, false);
        }

        return new CommandResult(process.ExitCode, output.ToString(), error.ToString());

        void Take(string? line, StringBuilder into)
        {
            if (line is null)
                return;
            lock (gate)
            {
                into.Append(line).Append('\n');
                log?.WriteLine(line);
            }
        }
    }

    private async Task WriteInputAsync(Process process, CancellationToken cancellation)
    {
        try
        {
            if (Input.Length > 0)
                await process.StandardInput.WriteAsync(Input.AsMemory(), cancellation);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended, or closed its input, without reading: its exit status says what came of it.
        }
    }
}

/// <summary>How a command ended and what it said.</summary>
/// <param name="ExitCode">Its status.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
internal sealed record CommandResult(int ExitCode, string Output, string Error)
{
    /// <summary>The last line that says something, for a message of one line.</summary>
    internal string LastLine =>
        (Error + Output).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is { Length: > 0 } and [.., var last]
            ? last
            : $"exit status {ExitCode}";
}
