using System.Buffers.Binary;

namespace Harness.Sandboxes.Containers;

/// <summary>
/// Sees when an agent's last frame is through, for a stream that does not tell its end. It believes lengths only; whether frames
/// are exact is the reader's affair.
/// </summary>
internal sealed class ByeWatch
{
    private const int Head = 8;
    private const int Tail = 8;
    private const int KindAt = Head + 4;
    private const byte Bye = 7;

    private readonly TaskCompletionSource _seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly byte[] _begin = new byte[KindAt + 1];
    private long _at;
    private long _size;

    /// <summary>Completes when the last frame is whole.</summary>
    internal Task Seen => _seen.Task;

    /// <summary>Takes the next bytes.</summary>
    internal void Push(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var wanted = _at < _begin.Length ? _begin.Length - _at : _size - _at;
            var taken = (int)Math.Min(wanted, bytes.Length);
            if (_at < _begin.Length)
                bytes[..taken].CopyTo(_begin.AsSpan((int)_at));
            bytes = bytes[taken..];
            _at += taken;
            if (_at == _begin.Length)
                _size = Math.Max(_begin.Length, Head + (long)BinaryPrimitives.ReadUInt32LittleEndian(_begin.AsSpan(4)) + Tail);
            if (_at < _begin.Length || _at < _size)
                continue;
            if (_begin[KindAt] == Bye)
                _seen.TrySetResult();
            _at = 0;
        }
    }
}
