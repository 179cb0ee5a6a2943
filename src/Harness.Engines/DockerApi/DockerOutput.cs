using Docker.DotNet;
using Harness.Engines.Contract;

namespace Harness.Engines.DockerApi;

/// <summary>What a container writes, as Docker's API interleaves it.</summary>
internal sealed class DockerOutput(MultiplexedStream streams) : IContainerOutput
{
    /// <inheritdoc/>
    public async Task<bool> PumpAsync(OutputTaker output, OutputTaker failure, CancellationToken cancellation)
    {
        var buffer = new byte[64 * 1024];
        while (true)
        {
            MultiplexedStream.ReadResult read;
            try
            {
                read = await streams.ReadOutputAsync(buffer, 0, buffer.Length, cancellation);
            }
            catch (Exception e) when (DockerCalls.Error(e) is { } error)
            {
                // Of reading alone: what the takers throw is theirs.
                throw error;
            }

            if (read.EOF)
                return true;
            if (read.Target == MultiplexedStream.TargetStream.StandardError)
                failure(buffer.AsSpan(0, read.Count));
            else if (!output(buffer.AsSpan(0, read.Count)))
                return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => streams.Dispose();
}
