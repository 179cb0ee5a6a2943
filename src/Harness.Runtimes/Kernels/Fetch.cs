using System.Net;
using System.Security.Cryptography;
using Harness.Core;
using Harness.Runtimes.Engines;

namespace Harness.Runtimes.Kernels;

/// <summary>Gets files from a mirror. A file appears under its name whole and with the checksum it should have, or not at all.</summary>
internal sealed class Fetch(string mirror) : IDisposable
{
    // Between two pieces of an answer, not for the whole of it: slow is not broken.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(60);

    private readonly HttpClient _client = new() { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>The mirror's address, without a slash at its end.</summary>
    internal string Mirror { get; } = mirror.TrimEnd('/');

    /// <summary>Gets a file below the mirror's address.</summary>
    /// <param name="path">Relative to it.</param>
    /// <param name="file">Where it is to be.</param>
    /// <param name="sha256">What its SHA-256 must be; null where nobody knows.</param>
    /// <param name="cancellation">Ends it; nothing stays.</param>
    /// <exception cref="HarnessException">It cannot be had, or is not what it should be.</exception>
    internal async Task ToFileAsync(string path, string file, string? sha256, CancellationToken cancellation)
    {
        var partial = $"{file}.{Environment.ProcessId}.part";
        try
        {
            var actual = await CopyAsync(path, partial, cancellation);
            if (sha256 is not null && actual != sha256)
                throw new HarnessException($"{path} from {Mirror} has the wrong checksum (SHA-256 {actual}, the index says {sha256}): the mirror is damaged or out of step; try again or give another with --mirror debian=URL");
            File.Move(partial, file, overwrite: true);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or UriFormatException or UnauthorizedAccessException
            || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            var reason = e switch
            {
                HttpRequestException { StatusCode: HttpStatusCode.NotFound } or FileNotFoundException or DirectoryNotFoundException => "is not there (404)",
                OperationCanceledException => "stopped answering",
                _ => $"could not be fetched ({EngineErrors.OneLine(e)})",
            };
            throw new HarnessException($"{path} {reason} at {Mirror}: try again, or give another mirror with --mirror debian=URL", e);
        }
        finally
        {
            File.Delete(partial);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private async Task<string> CopyAsync(string path, string partial, CancellationToken cancellation)
    {
        var address = new Uri($"{Mirror}/{path}");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Silence);
        using var response = address.IsFile ? null : await _client.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, limit.Token);
        response?.EnsureSuccessStatusCode();
        await using var input = response is null ? File.OpenRead(address.LocalPath) : await response.Content.ReadAsStreamAsync(limit.Token);
        await using var output = File.Create(partial);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[128 * 1024];
        var total = 0L;
        int count;
        while ((count = await input.ReadAsync(buffer, limit.Token)) > 0)
        {
            limit.CancelAfter(Silence);
            hash.AppendData(buffer, 0, count);
            total += count;
            await output.WriteAsync(buffer.AsMemory(0, count), limit.Token);
        }

        if (response?.Content.Headers.ContentLength is { } promised && promised != total)
            throw new IOException($"{total} of {promised} bytes came");
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
