using System.Buffers;
using Harness.Core.Model;
using Harness.Core.Protocol;
using Harness.Core.Running;

namespace Harness.Tests.Footprint;

/// <summary>A runtime whose sandboxes say that they hold, and do so until they are ended.</summary>
internal sealed class HoldingRuntime : IRuntime
{
    private readonly Lock _gate = new();

    public string Engine => "docker";

    public string Runtime => "runc";

    /// <summary>From this start on it fails.</summary>
    public int FailsFrom { get; init; } = int.MaxValue;

    /// <summary>From this start on sandboxes say nothing.</summary>
    public int HoldsFrom { get; init; } = int.MaxValue;

    /// <summary>Called with each start.</summary>
    public Action Starting { get; init; } = () => { };

    public TaskCompletionSource Silent { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Started { get; private set; }

    public int Running { get; private set; }

    public int Most { get; private set; }

    public Task<Preparation> PrepareAsync(Cell cell, IProgress<string> messages, CancellationToken cancellation) => Task.FromResult<Preparation>(new Preparation.Ready("sha256:fake"));

    public async Task<SandboxEnd> RunAsync(SandboxRequest request, IChannelSink channel, CancellationToken cancellation)
    {
        int place;
        lock (_gate)
        {
            place = ++Started;
            Most = Math.Max(Most, ++Running);
        }

        try
        {
            Starting();
            if (place >= FailsFrom)
                return new SandboxEnd.Failed("no more");
            if (place >= HoldsFrom)
                Silent.TrySetResult();
            else
                Speak(request, channel);
            await Task.Delay(Timeout.Infinite, cancellation);
            throw new InvalidOperationException("the delay ended");
        }
        finally
        {
            lock (_gate)
                Running--;
        }
    }

    private static void Speak(SandboxRequest request, IChannelSink channel)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new FrameWriter(request.Key, buffer);
        writer.Write(new HelloFrame(1, 1, 1, 1, "x86_64", "test"));
        writer.Write(new ProbeStartedFrame(0, 2));
        writer.Write(new NumberFrame(0, "guest_memory_bytes", "MemFree", 7));
        writer.Write(new NumberFrame(0, "holding", "", 1));
        channel.Write(buffer.WrittenSpan);
    }
}
