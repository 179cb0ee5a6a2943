using System.Diagnostics;
using System.Globalization;
using Harness.Host.Processes;

namespace Harness.Engines.Endpoints;

/// <summary>
/// One connection to an engine on another machine, as Docker's own command line makes it: the system's <c>ssh</c> runs <c>docker system dial-stdio</c>
/// there. So the user's keys, agent, known hosts and settings hold, and the harness keeps none of its own.
/// </summary>
internal sealed class SshConnection : Stream
{
    // As a shell quotes it.
    private const string Quote = "'\\''";

    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(2);

    private readonly Process _process;
    private readonly Stream _output;
    private readonly Stream _input;
    private readonly Task<string> _errors;

    private SshConnection(Process process)
    {
        (_process, _output, _input) = (process, process.StandardOutput.BaseStream, process.StandardInput.BaseStream);
        _errors = process.StandardError.ReadToEndAsync();
    }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Starts one. That it does not reach the engine is found out by the first read.</summary>
    /// <exception cref="IOException">There is no ssh.</exception>
    internal static SshConnection Open(Uri address)
    {
        var ssh = Machine.FindProgram("ssh") ?? throw new IOException("ssh is not installed: install openssh-client");
        var info = new ProcessStartInfo { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        // A session of its own: Ctrl-C in the terminal is the harness's affair, which still has to clear up over this wire.
        var setsid = OperatingSystem.IsLinux() ? Machine.FindProgram("setsid") : null;
        info.FileName = setsid ?? ssh;
        foreach (var argument in setsid is null ? Arguments(address) : [ssh, .. Arguments(address)])
            info.ArgumentList.Add(argument);
        return new SshConnection(Process.Start(info) ?? throw new IOException("ssh could not be started"));
    }

    /// <summary>The command line after <c>ssh</c>.</summary>
    internal static ImmutableArray<string> Arguments(Uri address) =>
    [
        // Nobody is there to answer: what it would ask for, a password or a new host's key, is an error.
        "-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10",
        .. address.UserInfo.Length > 0 ? ["-l", Uri.UnescapeDataString(address.UserInfo)] : ImmutableArray<string>.Empty,
        .. address.Port > 0 ? ["-p", address.Port.ToString(CultureInfo.InvariantCulture)] : ImmutableArray<string>.Empty,
        "--", address.IdnHost, .. Dial(address),
    ];

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await _output.ReadAsync(buffer, cancellationToken);
        if (count == 0 && buffer.Length > 0)
            await ThrowIfFailedAsync();
        return count;
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            await _input.WriteAsync(buffer, cancellationToken);
            await _input.FlushAsync(cancellationToken);
        }
        catch (IOException)
        {
            // A pipe without a reader says less than ssh does.
            await ThrowIfFailedAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => _output.Read(buffer, offset, count);

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count)
    {
        _input.Write(buffer, offset, count);
        _input.Flush();
    }

    /// <inheritdoc/>
    public override void Flush() => _input.Flush();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>What ssh's own sentence means, with the remedy.</summary>
    internal static string Explain(string errors)
    {
        var last = errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "it said nothing";
        return last switch
        {
            _ when last.Contains("Host key verification failed", StringComparison.Ordinal) => $"ssh: {last}: log in there once by hand, and compare the host's key",
            _ when last.Contains("Permission denied", StringComparison.Ordinal) && last.Contains('(', StringComparison.Ordinal) => $"ssh: {last}: it needs a key that asks for no password, in ~/.ssh or an agent",
            _ when last.Contains("not found", StringComparison.Ordinal) => $"ssh: {last}: that machine needs Docker's command line, which connects to its engine",
            _ => $"ssh: {last}",
        };
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            try
            {
                // Nothing of it is to be kept; what runs there ends with the connection.
                _process.Kill();
            }
            catch (InvalidOperationException)
            {
                // It has ended.
            }

            _process.Dispose();
        }

        base.Dispose(disposing);
    }

    private static ImmutableArray<string> Dial(Uri address) => address.AbsolutePath.Trim('/').Length == 0
        ? ["docker", "system", "dial-stdio"]
        // A shell reads it there.
        : ["docker", "--host", $"'unix://{Uri.UnescapeDataString(address.AbsolutePath).Replace("'", Quote, StringComparison.Ordinal)}'", "system", "dial-stdio"];

    private async Task ThrowIfFailedAsync()
    {
        using var limit = new CancellationTokenSource(EndPatience);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            // Only its output has ended.
            return;
        }

        if (_process.ExitCode != 0)
            throw new IOException(Explain(await _errors));
    }
}
