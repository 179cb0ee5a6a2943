using System.Buffers;
using Harness.Core.Model;
using Harness.Core.Protocol;
using Harness.Core.Running;

namespace Harness.Tests.Pipeline;

/// <summary>A runtime that starts nothing: a script says what the agent would have written and how the sandbox would have ended.</summary>
public sealed class FakeRuntime(string engine, string runtime) : IRuntime
{
    public string Engine => engine;

    public string Runtime => runtime;

    public Func<Cell, Preparation> OnPrepare { get; init; } = _ => new Preparation.Ready("sha256:fake");

    public Func<FakeSandbox, Task<SandboxEnd>> OnRun { get; init; } = sandbox => Task.FromResult(sandbox.AllOk());

    private int _starts;
    private int _running;
    private int _mostAtOnce;

    public int Starts => _starts;

    public int MostAtOnce => _mostAtOnce;

    public Task<Preparation> PrepareAsync(Cell cell, IProgress<string> messages, CancellationToken cancellation) =>
        Task.FromResult(OnPrepare(cell));

    public async Task<SandboxEnd> RunAsync(SandboxRequest request, IChannelSink channel, CancellationToken cancellation)
    {
        Interlocked.Increment(ref _starts);
        var running = Interlocked.Increment(ref _running);
        InterlockedMax(ref _mostAtOnce, running);
        try
        {
            cancellation.ThrowIfCancellationRequested();
            return await OnRun(new FakeSandbox(request, channel));
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref target)) < value && Interlocked.CompareExchange(ref target, value, seen) != seen)
        {
        }
    }
}

/// <summary>One start, seen from the script: what was asked, and a pen to write frames with.</summary>
public sealed class FakeSandbox
{
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly FrameWriter _writer;
    private readonly IChannelSink _channel;

    public FakeSandbox(SandboxRequest request, IChannelSink channel)
    {
        Request = request;
        _channel = channel;
        var lines = request.AgentPlan.Split('\n');
        Probes = lines.Count(line => line.StartsWith("probe\t", StringComparison.Ordinal));
        _writer = new FrameWriter(request.Key, _buffer);
    }

    public SandboxRequest Request { get; }

    public int Probes { get; }

    public FakeSandbox Hello() => Frame(new HelloFrame(1, 1_000, 1_000, 1, "x86_64", "test"));

    public FakeSandbox Frame(Frame frame)
    {
        _writer.Write(frame);
        return Flush();
    }

    public FakeSandbox Garbage(params byte[] bytes)
    {
        _channel.Write(bytes);
        return this;
    }

    public FakeSandbox Probe(ushort index, params Frame[] readings) =>
        Probe(index, EndKind.Exited, 0, readings);

    public FakeSandbox Probe(ushort index, EndKind kind, int code, params Frame[] readings)
    {
        Frame(new ProbeStartedFrame(index, 2_000));
        foreach (var reading in readings)
        {
            Frame(reading);
        }

        return Frame(new ProbeEndedFrame(index, kind, code, 2_000, 5_000, "detail"));
    }

    public FakeSandbox Bye()
    {
        _writer.WriteBye();
        return Flush();
    }

    public SandboxEnd AllOk()
    {
        Hello();
        for (ushort index = 0; index < Probes; index++)
        {
            Probe(index);
        }

        Bye();
        return new SandboxEnd.Exited(0, false);
    }

    private FakeSandbox Flush()
    {
        _channel.Write(_buffer.WrittenSpan);
        _buffer.ResetWrittenCount();
        return this;
    }
}
