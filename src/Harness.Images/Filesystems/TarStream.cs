using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Harness.Images.Filesystems;

/// <summary>
/// Reads an archive forwards, one member at a time, holding a block of it in memory. .NET's own reader decodes names as UTF-8
/// and loses what is none; here names stay bytes. An archive that breaks off or lies is an <see cref="InvalidDataException"/>.
/// </summary>
internal sealed class TarStream(Stream source, TarLimits limits)
{
    /// <summary>Names and attributes of one member; Linux's longest path has 4096 bytes, its attributes may have 64 KiB each.</summary>
    private const long LargestExtension = 4 << 20;

    private readonly byte[] _block = new byte[TarHeader.BlockSize];
    private readonly byte[] _buffer = new byte[128 * 1024];
    private long _read;
    private long _left;
    private long _padding;
    private long _names;
    private int _entries;

    /// <summary>The next member, or null at the archive's end. What is left of the one before is skipped.</summary>
    internal async Task<TarMember?> NextAsync(CancellationToken cancellation)
    {
        await SkipAsync(cancellation);
        var extension = new TarExtension();
        while (true)
        {
            await FillAsync(_block, cancellation);
            if (new TarHeader(_block).IsEmpty)
                return null;
            if (!new TarHeader(_block).IsValid)
                throw new InvalidDataException("the archive is damaged: a header's sum is wrong");
            switch (new TarHeader(_block).Type)
            {
                case 'x':
                    extension.AddRecords(await ExtensionAsync(cancellation));
                    break;
                case 'L':
                    extension.Name = TarExtension.UpToZero(await ExtensionAsync(cancellation));
                    break;
                case 'K':
                    extension.Link = TarExtension.UpToZero(await ExtensionAsync(cancellation));
                    break;
                case 'g':
                    // What holds for all members that follow: comments, no names.
                    await ExtensionAsync(cancellation);
                    break;
                default:
                    return await MemberAsync(extension, cancellation);
            }
        }
    }

    /// <summary>Reads the member's content. SHA-256, lower-case hex.</summary>
    internal async Task<string> HashAsync(CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        while (_left > 0)
        {
            var count = await ReadAsync(_buffer.AsMemory(0, (int)Math.Min(_left, _buffer.Length)), cancellation);
            hash.AppendData(_buffer, 0, count);
            _left -= count;
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private async Task<TarMember> MemberAsync(TarExtension extension, CancellationToken cancellation)
    {
        var member = Member(extension);
        if (member.Type == 'S' && new TarHeader(_block).HasSparseBlocks)
        {
            do
                await FillAsync(_block, cancellation);
            while (_block[504] != 0);
        }

        _entries++;
        _names += member.Name.Length + member.Link.Length;
        if (_entries > limits.Entries)
            throw Beyond($"{limits.Entries} files");
        if (_names > limits.Names)
            throw Beyond($"{limits.Names >> 20} MiB of names");
        // By what the header says, before it is read: an endless file costs nothing.
        if (member.Size > limits.Bytes - _read)
            throw Beyond($"{limits.Bytes >> 30} GiB");
        (_left, _padding) = (member.Size, Padding(member.Size));
        return member;
    }

    private TarMember Member(TarExtension extension)
    {
        var header = new TarHeader(_block);
        var type = header.Type == '\0' ? '0' : header.Type;
        var size = extension.Size ?? header.Size;
        var name = extension.Name ?? header.Name;
        if (size < 0)
            throw new InvalidDataException("the archive is damaged: a size is not a number");
        // Links, devices, folders and pipes have no content, whatever size their headers carry.
        if (type is >= '1' and <= '6')
            size = 0;
        if (type == '0' && name is [.., (byte)'/'])
            type = '5';
        var sparse = type == 'S' || extension.IsSparse;
        var real = type == 'S' ? header.RealSize : extension.RealSize ?? size;
        return new TarMember(name, type, size, Math.Max(real, 0), header.Mode, extension.Link ?? header.Link.ToArray(), sparse);
    }

    private async Task<byte[]> ExtensionAsync(CancellationToken cancellation)
    {
        var size = new TarHeader(_block).Size;
        if (size is < 0 or > LargestExtension)
            throw new InvalidDataException("the archive is damaged: the attributes of a file are too large");
        var content = new byte[size + Padding(size)];
        await FillAsync(content, cancellation);
        return content[..(int)size];
    }

    private async Task SkipAsync(CancellationToken cancellation)
    {
        (_left, _padding) = (_left + _padding, 0);
        while (_left > 0)
            _left -= await ReadAsync(_buffer.AsMemory(0, (int)Math.Min(_left, _buffer.Length)), cancellation);
    }

    private async Task FillAsync(byte[] buffer, CancellationToken cancellation)
    {
        for (var filled = 0; filled < buffer.Length;)
            filled += await ReadAsync(buffer.AsMemory(filled), cancellation);
    }

    private async Task<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        var count = await source.ReadAsync(buffer, cancellation);
        if (count == 0)
            throw new InvalidDataException("the archive breaks off before its end");
        _read += count;
        return _read <= limits.Bytes ? count : throw Beyond($"{limits.Bytes >> 30} GiB");
    }

    private static long Padding(long size) => -size & (TarHeader.BlockSize - 1);

    private static InvalidDataException Beyond(string limit) => new(string.Create(CultureInfo.InvariantCulture, $"the image holds more than {limit}, the most that is listed"));
}

/// <summary>What members of their own say about the member that follows them.</summary>
internal sealed class TarExtension
{
    internal byte[]? Name { get; set; }

    internal byte[]? Link { get; set; }

    internal long? Size { get; private set; }

    internal long? RealSize { get; private set; }

    internal bool IsSparse { get; private set; }

    /// <summary>The bytes before the first zero.</summary>
    internal static byte[] UpToZero(byte[] text) => Array.IndexOf(text, (byte)0) is >= 0 and var end ? text[..end] : text;

    /// <summary>Takes PAX records, <c>LENGTH KEY=VALUE\n</c>; the length counts all of it.</summary>
    internal void AddRecords(ReadOnlySpan<byte> records)
    {
        while (!records.IsEmpty)
        {
            var blank = records.IndexOf((byte)' ');
            if (blank < 1 || !int.TryParse(records[..blank], NumberStyles.None, CultureInfo.InvariantCulture, out var length)
                || length < blank + 3 || length > records.Length || records[length - 1] != (byte)'\n')
            {
                throw new InvalidDataException("the archive is damaged: attributes of a file are torn");
            }

            var record = records[(blank + 1)..(length - 1)];
            var equals = record.IndexOf((byte)'=');
            if (equals < 1)
                throw new InvalidDataException("the archive is damaged: an attribute of a file has no name");
            Add(Encoding.ASCII.GetString(record[..equals]), record[(equals + 1)..]);
            records = records[length..];
        }
    }

    private void Add(string key, ReadOnlySpan<byte> value)
    {
        IsSparse |= key.StartsWith("GNU.sparse.", StringComparison.Ordinal);
        switch (key)
        {
            // GNU keeps the true name of a sparse file apart, and gives the member one made up.
            case "path" when Name is null:
            case "GNU.sparse.name":
                Name = value.ToArray();
                break;
            case "linkpath":
                Link = value.ToArray();
                break;
            case "size":
                Size = Number(value);
                break;
            case "GNU.sparse.size" or "GNU.sparse.realsize":
                RealSize = Number(value);
                break;
        }
    }

    private static long Number(ReadOnlySpan<byte> value) =>
        long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new InvalidDataException("the archive is damaged: a size is not a number");
}
