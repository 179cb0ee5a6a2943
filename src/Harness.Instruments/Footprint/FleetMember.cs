using Harness.Core.Model;
using Harness.Core.Protocol;
using Harness.Core.Running;

namespace Harness.Instruments.Footprint;

/// <summary>One sandbox of a fleet: started, held, looked at, and ended when its time has come.</summary>
internal sealed class FleetMember(SandboxStart start, IRuntime runtime, TimeProvider time) : IChannelSink, IDisposable
{
    private readonly FrameReader _reader = new(start.Request.Key);
    private readonly TaskCompletionSource _holding = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _life = new();
    private readonly List<(string Subject, long Value)> _guest = [];
    private Task<SandboxEnd>? _running;
    private long _began;
    private long _arrivedAt;

    /// <summary>Its id, unique within the run.</summary>
    public string Id => start.Request.SandboxId;

    /// <summary>The agent's process id as it sees it; 0 before it has arrived.</summary>
    public int FirstProcess { get; private set; }

    /// <summary>Whether it has said that it holds.</summary>
    public bool IsHolding => _holding.Task.IsCompletedSuccessfully;

    /// <summary>From the call that starts it to the harness's reading its first frame; only once it holds.</summary>
    public TimeSpan StartTime => time.GetElapsedTime(_began, _arrivedAt);

    /// <summary>What the sandbox's own kernel accounts for, by the line of /proc/meminfo, bytes.</summary>
    public IReadOnlyList<(string Subject, long Value)> Guest => _guest;

    /// <summary>Starts it. Null: it holds; else why it does not. Cancellation throws; the sandbox is still to be ended.</summary>
    public async Task<string?> StartAsync(CancellationToken cancellation)
    {
        _began = time.GetTimestamp();
        _running = runtime.RunAsync(start.Request, this, _life.Token);
        await Task.WhenAny(_holding.Task, _running).WaitAsync(cancellation);
        return IsHolding && !_running.IsCompleted ? null : await ReasonAsync();
    }

    /// <summary>Ends and removes it.</summary>
    public async Task EndAsync()
    {
        await _life.CancelAsync();
        if (_running is not null)
            await _running.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    /// <inheritdoc/>
    public bool Write(ReadOnlySpan<byte> bytes)
    {
        foreach (var frame in _reader.Push(bytes))
        {
            switch (frame)
            {
                case HelloFrame hello:
                    _arrivedAt = time.GetTimestamp();
                    FirstProcess = (int)hello.ProcessId;
                    break;
                case NumberFrame { Metric: "guest_memory_bytes" } reading:
                    _guest.Add((reading.Subject, reading.Value));
                    break;
                case NumberFrame { Metric: "holding" }:
                    _holding.TrySetResult();
                    break;
            }
        }

        return _reader.Error is null;
    }

    /// <inheritdoc/>
    public void Dispose() => _life.Dispose();

    private async Task<string> ReasonAsync()
    {
        try
        {
            return await _running! switch
            {
                SandboxEnd.Refused refused => $"refused: {refused.Reason}",
                SandboxEnd.Failed failed => failed.Reason,
                SandboxEnd.Crashed crashed => crashed.Reason,
                SandboxEnd.DeadlineExceeded => "it did not start before its deadline",
                SandboxEnd.Exited exited => $"the agent ended with status {exited.ExitCode.ToString(System.Globalization.CultureInfo.InvariantCulture)}{(_reader.Error is { } error ? $" ({error.Reason})" : "")}",
                _ => "it ended in a way that is not known",
            };
        }
        catch (Exception e)
        {
            // A runtime that throws costs this sandbox; the fleet's limit is where it failed.
            return $"{e.GetType().Name}: {e.Message}";
        }
    }
}
