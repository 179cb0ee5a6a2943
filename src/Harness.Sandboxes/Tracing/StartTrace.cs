using System.Runtime.Versioning;
using Harness.Core;
using Harness.Host.Processes;
using Harness.Sandboxes.Treatments;

namespace Harness.Sandboxes.Tracing;

/// <summary>
/// Watches from outside where the start of one container goes: which programs the engine's family starts for it, and when. It changes nothing
/// about them. What it costs is a thread that wakes for every program that is started on the host, and reads its command line; and where the engine's
/// containerd is known, a subscription to its events.
/// </summary>
internal sealed class StartTrace : IAsyncDisposable
{
    /// <summary>The setting of a variant.</summary>
    internal const string Setting = "trace=on";

    // The least nice value.
    private const int Foremost = -20;

    // Of the readings: containerd was given the container.
    private const string Containerd = "containerd";

    private readonly ProcessEventSocket _socket;
    private readonly ContainerdEvents? _containerd;
    private readonly Thread _thread;
    private readonly List<SeenProgram> _programs = [];
    private volatile bool _isOver;
    private volatile bool _isTorn;
    private string? _container;

    [SupportedOSPlatform("linux")]
    private StartTrace(ProcessEventSocket socket, ContainerdEvents? containerd)
    {
        (_socket, _containerd) = (socket, containerd);
        _thread = new Thread(Listen) { IsBackground = true, Name = "start trace" };
    }

    /// <summary>Whether every moment was seen.</summary>
    internal bool IsWhole { get; private set; }

    /// <summary>Why nothing can be traced; null where it can.</summary>
    /// <param name="isByApi">Whether the engine is asked by its API.</param>
    [SupportedOSPlatform("linux")]
    internal static string? Missing(bool isByApi)
    {
        if (!isByApi)
            return "leave path= out";
        using var socket = ProcessEventSocket.Open(out var reason);
        return socket is null ? reason : null;
    }

    /// <summary>Begins. Nothing that the container is made of has been asked for yet.</summary>
    /// <param name="containerd">The socket of the engine's containerd, or null where it is not known.</param>
    /// <exception cref="HarnessException">It cannot.</exception>
    [SupportedOSPlatform("linux")]
    internal static StartTrace Begin(string? containerd)
    {
        var socket = ProcessEventSocket.Open(out var reason) ?? throw new HarnessException(reason);
        var trace = new StartTrace(socket, containerd is null ? null : ContainerdEvents.Begin(containerd));
        trace._thread.Start();
        return trace;
    }

    /// <summary>The container exists and has this id.</summary>
    internal void Follow(string container) => _container = container;

    /// <summary>It is gone: its moments become stamps.</summary>
    internal void End(Stamps stamps)
    {
        Stop();
        // Of a torn record nobody knows what is missing.
        var moments = _container is { } container && !_isTorn ? StartMoments.Of(_programs, container) : [];
        foreach (var (subject, ns) in moments)
            stamps.Mark(subject, ns);
        IsWhole = !moments.IsEmpty;
        if (IsWhole)
            stamps.Mark(Containerd, _containerd?.Given(_container!));
    }

    public async ValueTask DisposeAsync()
    {
        Stop();
        if (OperatingSystem.IsLinux())
            _socket.Dispose();
        if (_containerd is not null)
            await _containerd.DisposeAsync();
    }

    private void Stop()
    {
        _isOver = true;
        _thread.Join();
    }

    [SupportedOSPlatform("linux")]
    private void Listen()
    {
        // A runtime's start lives for some milliseconds: on a busy host its command line would be gone before this thread's turn came.
        _ = Native.SetPriority(0, 0, Foremost);
        while (!_isOver)
        {
            switch (_socket.Receive())
            {
                case { Kind: ProcessEventSocket.Exec } started:
                    // A program of a container's can call itself what it likes: none of them has a place here.
                    if (ProcessTable.Arguments(started.Process) is { Length: > 1 } arguments && ContainerLook.IsTrusted(started.Process))
                        _programs.Add(new SeenProgram(started.Process, started.Ns, arguments));
                    break;
                case { Kind: ProcessEventSocket.Exit } ended:
                    for (var i = 0; i < _programs.Count; i++)
                    {
                        if (_programs[i].Process == ended.Process && _programs[i].EndedNs is null)
                            _programs[i] = _programs[i] with { EndedNs = ended.Ns };
                    }

                    break;
                case { Kind: ProcessEventSocket.Lost }:
                    _isTorn = true;
                    break;
                default:
                    break;
            }
        }
    }
}
