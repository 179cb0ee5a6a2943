using System.Globalization;

namespace Harness.Tests.Runtimes;

/// <summary>A stream that is made while it is read, once and forwards.</summary>
internal abstract class MadeStream : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public abstract override int Read(Span<byte> buffer);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Read(buffer.Span));
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

/// <summary>Some bytes, then zeros or the same again, for ever.</summary>
internal sealed class EndlessStream(byte[] start) : MadeStream
{
    private long _position;
    private int _reads;

    public bool Repeats { get; init; }

    public Action<int>? OnRead { get; init; }

    public override long Position { get => _position; set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        OnRead?.Invoke(++_reads);
        for (var i = 0; i < buffer.Length; i++, _position++)
        {
            buffer[i] = _position < start.Length || Repeats ? start[_position % start.Length] : (byte)0;
        }

        return buffer.Length;
    }
}

/// <summary>So many files of one byte, made as they are read.</summary>
internal sealed class ManyFiles(int count) : MadeStream
{
    private byte[] _current = [];
    private int _offset;
    private int _next;

    public override int Read(Span<byte> buffer)
    {
        if (_offset == _current.Length)
        {
            (_current, _offset) = (_next < count ? TarBytes.File(string.Create(CultureInfo.InvariantCulture, $"f/{_next}"), "x"u8) : new byte[1024], 0);
            _next++;
        }

        var length = Math.Min(buffer.Length, _current.Length - _offset);
        _current.AsSpan(_offset, length).CopyTo(buffer);
        _offset += length;
        return length;
    }
}
