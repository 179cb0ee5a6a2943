using System.Buffers;
using System.Text;

namespace Harness.Sandboxes.Machines;

/// <summary>What a guest's console says: the beginning and the end of it, so that one that floods it costs nothing.</summary>
internal sealed class GuestConsole
{
    private const int Beginning = 512 * 1024;
    private const int End = 64 * 1024;

    private readonly ArrayBufferWriter<byte> _first = new();
    private readonly byte[] _last = new byte[End];
    private long _total;

    /// <summary>Takes what came.</summary>
    internal void Add(ReadOnlySpan<byte> bytes)
    {
        var room = (int)Math.Min(bytes.Length, Beginning - _first.WrittenCount);
        _first.Write(bytes[..room]);
        foreach (var value in bytes[room..])
            _last[_total++ % End] = value;
    }

    /// <summary>All that was kept.</summary>
    internal ImmutableArray<byte> Content
    {
        get
        {
            var first = _first.WrittenSpan.ToArray();
            if (_total == 0)
                return [.. first];
            var cut = _total <= End ? "" : $"\n[{_total - End} bytes left out]\n";
            var last = _total <= End ? _last.AsSpan(0, (int)_total).ToArray() : [.. _last[(int)(_total % End)..], .. _last[..(int)(_total % End)]];
            return [.. first, .. Encoding.UTF8.GetBytes(cut), .. last];
        }
    }

    /// <summary>The kernel's last words where it panicked; else null.</summary>
    internal static string? Panic(ImmutableArray<byte> content)
    {
        const string Mark = "Kernel panic - not syncing";
        var text = Encoding.UTF8.GetString(content.AsSpan());
        var at = text.IndexOf(Mark, StringComparison.Ordinal);
        return at < 0 ? null : text[at..].Split('\n', 2)[0].Trim();
    }

    /// <summary>The last line that says something; empty where there is none.</summary>
    internal static string LastLine(ImmutableArray<byte> content) =>
        Encoding.UTF8.GetString(content.AsSpan()).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "";
}
