using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text;
using System.Text.Json;
using Harness.Host.Processes;

namespace Harness.Sandboxes.Machines;

/// <summary>
/// QEMU's own word on what it made (QMP), taken before the guest's first instruction: a guest that takes QEMU over could speak for it later. QEMU
/// calls, the harness answers: the socket lies in a folder that only this user may enter, takes one call, and is gone before the guest runs.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class MachineMonitor : IDisposable
{
    // Of a socket's address, its last zero aside.
    private const int LongestPath = 107;

    private readonly Socket _listener;

    private MachineMonitor(string path, Socket listener) => (Path, _listener) = (path, listener);

    /// <summary>Where QEMU calls.</summary>
    internal string Path { get; }

    /// <summary>What it said; null where it did not call, or broke off.</summary>
    internal MachineSelf? Self { get; private set; }

    /// <summary>Whether it was told to let the guest run.</summary>
    internal bool IsReleased { get; private set; }

    /// <summary>Listens in a folder that nobody else may enter. Null: its path is too long for a socket, so nothing can be asked.</summary>
    internal static MachineMonitor? In(string folder)
    {
        var path = System.IO.Path.Combine(folder, "monitor");
        if (Encoding.UTF8.GetByteCount(path) > LongestPath)
            return null;
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        listener.Listen(1);
        return new MachineMonitor(path, listener);
    }

    /// <summary>Takes the call, asks, and lets the guest run. Ends with <see cref="Hush"/> where nobody has called, or when either side breaks off.</summary>
    internal async Task TalkAsync(CancellationToken ended)
    {
        try
        {
            using var call = await _listener.AcceptAsync(CancellationToken.None);
            File.Delete(Path);
            await using var stream = new NetworkStream(call);
            using var talk = new Talk(stream);
            Self = await talk.AskAsync(ended);
            IsReleased = Self is not null;
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException or ObjectDisposedException
            or JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            // QEMU ended, or is none that speaks this: then it has said nothing.
        }
    }

    /// <summary>Waits for no call any more.</summary>
    internal void Hush() => _listener.Close();

    /// <inheritdoc/>
    public void Dispose()
    {
        _listener.Dispose();
        File.Delete(Path);
    }

    /// <summary>One conversation: a greeting, then an answer to each question, with events in between.</summary>
    private sealed class Talk(Stream stream) : IDisposable
    {
        private readonly StreamReader _reader = new(stream, new UTF8Encoding(false));

        public void Dispose() => _reader.Dispose();

        internal async Task<MachineSelf?> AskAsync(CancellationToken ended)
        {
            var version = (await LineAsync(ended)).GetProperty("QMP").GetProperty("version").GetProperty("qemu");
            await CallAsync(Command("qmp_capabilities"), ended);
            var machine = Text(await CallAsync(Property("/machine"), ended));
            var processors = await CallAsync(Command("query-cpus-fast"), ended);
            var processor = processors is { ValueKind: JsonValueKind.Array } all && all.GetArrayLength() > 0 ? all[0].GetProperty("qom-path").GetString() : null;
            var self = new MachineSelf($"{version.GetProperty("major")}.{version.GetProperty("minor")}.{version.GetProperty("micro")}")
            {
                Machine = Without(machine, "-machine"),
                Processor = processor is null ? null : Without(Text(await CallAsync(Property(processor), ended)), "-x86_64-cpu"),
                Accelerator = await AcceleratorAsync(ended),
                MemoryBytes = (await CallAsync(Command("query-memory-size-summary"), ended))?.GetProperty("base-memory").GetInt64(),
            };
            return await CallAsync(Command("cont"), ended) is null ? null : self;
        }

        private async Task<string?> AcceleratorAsync(CancellationToken ended) =>
            (await CallAsync(Command("query-kvm"), ended))?.GetProperty("enabled").GetBoolean() == true ? "kvm"
            // What is not KVM need not be TCG; this is answered under TCG alone.
            : await CallAsync(Command("x-query-jit"), ended) is not null ? "tcg"
            : null;

        /// <summary>The answer; null where it is an error.</summary>
        private async Task<JsonElement?> CallAsync(string command, CancellationToken ended)
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(command + "\n"), ended);
            while (true)
            {
                var line = await LineAsync(ended);
                if (line.TryGetProperty("return", out var answer))
                    return answer;
                if (line.TryGetProperty("error", out _))
                    return null;
            }
        }

        private async Task<JsonElement> LineAsync(CancellationToken ended)
        {
            using var line = JsonDocument.Parse(await _reader.ReadLineAsync(ended) ?? throw new IOException("QEMU's monitor broke off"));
            return line.RootElement.Clone();
        }

        private static string Command(string name) => JsonSerializer.Serialize(new { execute = name });

        private static string Property(string path) => JsonSerializer.Serialize(new { execute = "qom-get", arguments = new { path, property = "type" } });

        private static string? Text(JsonElement? answer) => answer is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

        private static string? Without(string? name, string ending) => name?.EndsWith(ending, StringComparison.Ordinal) == true ? name[..^ending.Length] : name;
    }
}

/// <summary>What QEMU says that it made. Null: it did not say.</summary>
/// <param name="Version">Its own.</param>
internal sealed record MachineSelf(string Version)
{
    /// <summary><c>microvm</c>, <c>pc-q35-7.2</c>, ….</summary>
    internal string? Machine { get; init; }

    /// <summary>The processor's model: <c>max</c>, <c>host</c>, <c>qemu64</c>, ….</summary>
    internal string? Processor { get; init; }

    /// <summary><c>kvm</c> or <c>tcg</c>.</summary>
    internal string? Accelerator { get; init; }

    /// <summary>The guest's memory.</summary>
    internal long? MemoryBytes { get; init; }
}
