using System.Diagnostics;
using Harness.Core;
using Harness.Host.Processes;

namespace Harness.Host.Guarding;

/// <summary>The harness's side of its guard.</summary>
public sealed class GuardLink : IAsyncDisposable
{
    /// <summary>The argument that makes the harness a guard.</summary>
    internal const string Argument = "guard";

    /// <summary>A guard's first line.</summary>
    internal const string Ready = "ready";

    private readonly Process? _process;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private bool _lost;

    private GuardLink(Process? process) => _process = process;

    /// <summary>A link to nobody, where there is no executable that could be a guard.</summary>
    public static GuardLink None() => new(null);

    /// <summary>Starts a guard and waits until it watches.</summary>
    /// <param name="executable">The harness's executable: an apphost, or a <c>.dll</c> for <c>dotnet</c> to run.</param>
    /// <param name="cancellation">Ends the waiting, and the guard with it.</param>
    /// <exception cref="HarnessException">It does not start.</exception>
    public static async Task<GuardLink> StartAsync(string executable, CancellationToken cancellation)
    {
        var isLibrary = Path.GetExtension(executable).Equals(".dll", StringComparison.OrdinalIgnoreCase);
        var info = new ProcessStartInfo(isLibrary ? DotNet() : executable)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // Not the user's folder: a guard must not keep a file system busy.
            WorkingDirectory = Path.GetPathRoot(Path.GetFullPath(executable)) ?? "",
        };
        if (isLibrary)
            info.ArgumentList.Add(Path.GetFullPath(executable));
        info.ArgumentList.Add(Argument);
        // One small, mostly sleeping process: no tiering threads, no server heap.
        info.Environment["DOTNET_TieredPGO"] = "0";
        info.Environment["DOTNET_gcServer"] = "0";
        var process = Process.Start(info) ?? throw new HarnessException($"the guard '{executable}' did not start");
        try
        {
            var answer = await process.StandardOutput.ReadLineAsync(cancellation);
            return answer == Ready
                ? new GuardLink(process)
                : throw new HarnessException($"'{executable}' is not a guard: give the harness's own executable");
        }
        catch
        {
            process.Kill();
            process.Dispose();
            throw;
        }
    }

    /// <summary>How this process itself was started, as a guard can be started too; null under a host of another name, as a test runner.</summary>
    public static string? OwnExecutable(string assemblyName)
    {
        var entry = Path.Combine(AppContext.BaseDirectory, assemblyName + ".dll");
        var name = Path.GetFileNameWithoutExtension(Environment.ProcessPath);
        return name == assemblyName ? Environment.ProcessPath : name == "dotnet" && File.Exists(entry) ? entry : null;
    }

    /// <summary>Tells the guard. A guard that somebody ended cannot be told: the run goes on without it.</summary>
    public async Task SendAsync(GuardLine line)
    {
        if (_process is null)
            return;
        await _turn.WaitAsync();
        try
        {
            if (_lost)
                return;
            await _process.StandardInput.WriteAsync(line.Format() + "\n");
            await _process.StandardInput.FlushAsync();
        }
        catch (IOException)
        {
            _lost = true;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>For <see cref="Command.Watch"/>: a tool that runs, and that it has ended.</summary>
    internal Task WatchAsync(ProcessEntry process, bool runs) =>
        SendAsync(runs ? new GuardLine.Watch(process.Id, process.StartTime) : new GuardLine.Forget(process.Id));

    /// <summary>Says <c>done</c> and waits for the guard's end.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await SendAsync(new GuardLine.Done());
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            try
            {
                _process.StandardInput.Close();
                await _process.WaitForExitAsync(limit.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or IOException)
            {
                _process.Kill();
            }

            _process.Dispose();
        }

        _turn.Dispose();
    }

    private static string DotNet() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : Machine.FindProgram("dotnet") ?? "dotnet";
}
