using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Harness.Core;
using Harness.Engines.Contract;
using Harness.Host.Facts;

namespace Harness.Images.Packages;

/// <summary>Gets files from a mirror. A file appears under its name whole and with the checksum it should have, or not at all.</summary>
internal sealed class Fetch(string mirror) : IDisposable
{
    // Between two pieces of an answer, not for the whole of it: slow is not broken.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(60);

    // A connection that broke or fell silent says nothing of the mirror: on a busy host or network the next one holds.
    private const int Attempts = 3;

    private readonly HttpClient _client = new() { Timeout = Timeout.InfiniteTimeSpan };

    private readonly string _address = mirror.TrimEnd('/');

    /// <summary>The mirror's address as it may be shown and recorded: without a slash at its end, without a login.</summary>
    internal string Mirror => Redaction.Address(_address);

    /// <summary>Gets a file below the mirror's address.</summary>
    /// <param name="path">Relative to it.</param>
    /// <param name="file">Where it is to be.</param>
    /// <param name="sha256">What its SHA-256 must be; null where nobody knows.</param>
    /// <param name="most">How many bytes it may have.</param>
    /// <param name="cancellation">Ends it; nothing stays.</param>
    /// <exception cref="HarnessException">It is not available, or is not what it should be.</exception>
    internal async Task ToFileAsync(string path, string file, string? sha256, long most, CancellationToken cancellation)
    {
        var partial = $"{file}.{Environment.ProcessId}.part";
        try
        {
            var actual = await CopyAgainAsync(path, partial, most, cancellation);
            if (sha256 is not null && actual != sha256)
                throw new HarnessException($"{path} from {Mirror} has the wrong checksum (SHA-256 {actual}, the index says {sha256}): the mirror is damaged or out of step; try again or give another with --mirror debian=URL");
            File.Move(partial, file, overwrite: true);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or InvalidDataException or UriFormatException or UnauthorizedAccessException
            || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            var reason = e switch
            {
                HttpRequestException { StatusCode: HttpStatusCode.NotFound } or FileNotFoundException or DirectoryNotFoundException => "is not there (404)",
                OperationCanceledException => "stopped answering",
                _ => $"could not be fetched ({EngineErrors.OneLine(e)})",
            };
            throw new HarnessException($"{path} {reason} at {Mirror}: try again, or give another mirror with --mirror debian=URL, of one suite with debian/SUITE=URL, of suites that mirrors no longer have with debian-archive=URL", e);
        }
        finally
        {
            File.Delete(partial);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private async Task<string> CopyAgainAsync(string path, string partial, long most, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await CopyAsync(path, partial, most, cancellation);
            }
            catch (Exception e) when (attempt < Attempts && IsBroken(e) && !cancellation.IsCancellationRequested)
            {
                await Task.Delay(TimeSpan.FromSeconds(attempt), cancellation);
            }
        }
    }

    private static bool IsBroken(Exception e) =>
        e is HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded } or OperationCanceledException or (IOException and not (FileNotFoundException or DirectoryNotFoundException));

    private async Task<string> CopyAsync(string path, string partial, long most, CancellationToken cancellation)
    {
        var address = new Uri($"{_address}/{path}");
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
            if (total > most)
                throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"it has more than the {most} bytes that it may have"));
            await output.WriteAsync(buffer.AsMemory(0, count), limit.Token);
        }

        if (response?.Content.Headers.ContentLength is { } promised && promised != total)
            throw new IOException($"{total} of {promised} bytes came");
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
