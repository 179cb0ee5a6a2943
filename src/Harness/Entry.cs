using System.CommandLine;
using System.Runtime.InteropServices;
using Harness.Cli;
using Harness.Commands;
using Harness.Core;
using Harness.Core.Sharding;
using Harness.Runs;

namespace Harness;

/// <summary>From arguments to an exit code: parse, run, and turn every failure into one line.</summary>
public static class Entry
{
    /// <summary>Runs the program on the process's own streams.</summary>
    public static Task<int> RunAsync(string[] args) =>
        RunAsync(args, Terminal.OfProcess(color: !args.Contains("--no-color", StringComparer.Ordinal)));

    /// <summary>Runs the program.</summary>
    public static async Task<int> RunAsync(string[] args, Terminal terminal)
    {
        using var interrupt = new CancellationTokenSource();
        using var signals = new Signals(interrupt, terminal);
        var parsed = CommandLine.Create(terminal).Parse(args);
        if (parsed.Errors.Count > 0)
        {
            var command = string.Join(' ', CommandLine.Path(parsed.CommandResult));
            // The word that was not understood says more than what it left missing.
            var error = parsed.Errors.FirstOrDefault(error => error.Message.StartsWith("Unrecognized", StringComparison.Ordinal)) ?? parsed.Errors[0];
            terminal.Fail($"{string.Join(' ', error.Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).TrimEnd('.')}; '{command} --help' shows what it takes");
            return ExitCode.Usage;
        }

        try
        {
            var configuration = new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
                Output = terminal.Out.Profile.Out.Writer,
                Error = terminal.Error.Profile.Out.Writer,
            };
            return await parsed.InvokeAsync(configuration, interrupt.Token);
        }
        catch (EmptyPartException e)
        {
            terminal.Message(e.Message);
            return ExitCode.NothingToRun;
        }
        catch (HarnessException e)
        {
            foreach (var line in e.Message.Split('\n'))
            {
                terminal.Fail(line);
            }

            return ExitCode.Usage;
        }
        catch (OperationCanceledException) when (interrupt.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
        catch (Exception e) when (FolderFault.Is(e))
        {
            terminal.Fail($"{e.Message.ReplaceLineEndings(" ")}; give this user the right and the room to write there, or choose another folder: --out DIR for runs, XDG_CACHE_HOME for the cache");
            return ExitCode.Usage;
        }
        catch (Exception e)
        {
            terminal.Fail($"internal error (please report): {e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")}");
            terminal.Message(e.StackTrace ?? "");
            return ExitCode.Internal;
        }
    }

    /// <summary>Ctrl-C and SIGTERM cancel, so that what runs is ended and removed; a second one is left to the system.</summary>
    private sealed class Signals : IDisposable
    {
        private readonly List<PosixSignalRegistration> _registrations = [];

        public Signals(CancellationTokenSource interrupt, Terminal terminal)
        {
            foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP })
            {
                _registrations.Add(PosixSignalRegistration.Create(signal, context =>
                {
                    if (interrupt.IsCancellationRequested)
                    {
                        return;
                    }

                    context.Cancel = true;
                    terminal.Message("interrupted: stopping; completed trials are kept, continue with --resume");
                    interrupt.Cancel();
                }));
            }
        }

        public void Dispose()
        {
            foreach (var registration in _registrations)
            {
                registration.Dispose();
            }
        }
    }
}
