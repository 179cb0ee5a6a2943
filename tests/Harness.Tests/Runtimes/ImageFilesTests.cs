using System.Formats.Tar;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Harness.Core.Journaling;
using Harness.Images.Filesystems;

using static Harness.Tests.Runtimes.TarBytes;

namespace Harness.Tests.Runtimes;

/// <summary>Archives as engines write them, and archives made to deceive.</summary>
public sealed class ImageFilesTests
{
    private static readonly TarLimits _small = new(1 << 20, 100, 10_000);

    [Fact]
    public async Task Every_kind_of_entry_is_listed_with_what_it_is()
    {
        using var tar = new MemoryStream();
        await using (var writer = new TarWriter(tar, TarEntryFormat.Pax, leaveOpen: true))
        {
            await AddAsync(writer, new PaxTarEntry(TarEntryType.Directory, "usr/"));
            await AddAsync(writer, new PaxTarEntry(TarEntryType.RegularFile, "usr/tool") { Mode = (UnixFileMode)0b100_111_101_101, DataStream = new MemoryStream("hello"u8.ToArray()) });
            await AddAsync(writer, new PaxTarEntry(TarEntryType.HardLink, "usr/same") { LinkName = "usr/tool", Mode = (UnixFileMode)0b111_101_101 });
            await AddAsync(writer, new PaxTarEntry(TarEntryType.SymbolicLink, "bin") { LinkName = "usr/bin" });
            await AddAsync(writer, new PaxTarEntry(TarEntryType.CharacterDevice, "whiteout") { DeviceMajor = 0, DeviceMinor = 0 });
            await AddAsync(writer, new PaxTarEntry(TarEntryType.BlockDevice, "disk") { DeviceMajor = 8, DeviceMinor = 1 });
            await AddAsync(writer, new PaxTarEntry(TarEntryType.Fifo, "pipe"));
            await AddAsync(writer, new PaxTarEntry(TarEntryType.RegularFile, "etc/.wh.gone"));
        }

        var hash = Hash("hello"u8);
        Assert.Equal(
            [
                "/bin Symlink 0 - usr/bin", "/disk BlockDevice 0 - ", $"/etc/.wh.gone File 0 {Hash([])} ", "/pipe Fifo 0 - ", "/usr Directory 0 - ",
                $"/usr/same Hardlink 5 {hash} /usr/tool", $"/usr/tool File 5 {hash} ", "/whiteout CharacterDevice 0 - ",
            ],
            Lines(await ReadAsync(tar.ToArray())));
        Assert.Equal(0b100_111_101_101, (await ReadAsync(tar.ToArray())).Single(entry => entry.Path == "/usr/tool").Mode);
    }

    [Fact]
    public async Task What_is_not_the_images_is_left_out()
    {
        var tar = Tar([
            .. File(".dockerenv", []), .. File("etc/hosts", "x"u8), .. File("proc/1/status", "x"u8), .. File("./dev/null", "x"u8), .. File("sys/x", []),
            .. File(".harness/agent", "x"u8), .. File("etc/hostname", []), .. File("etc/resolv.conf", []), .. Header("etc/mtab", '2', 0), .. Header("proc/", '5', 0),
            .. File("process", "kept"u8), .. Header("./", '5', 0),
        ]);
        Assert.Equal(["/proc", "/process"], (await ReadAsync(tar)).Select(entry => entry.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Names_that_are_no_text_stay_apart_and_are_spelt_out()
    {
        var entries = await ReadAsync(Tar([.. File([(byte)'a', 0xff], "1"u8), .. File([(byte)'a', 0xfe], "2"u8), .. File("new\nline"u8.ToArray(), "3"u8), .. File("é"u8.ToArray(), "4"u8)]));
        Assert.Equal(["/a\\xfe", "/a\\xff", "/new\\nline", "/é"], entries.Select(entry => entry.Path).Order(StringComparer.Ordinal));
        Assert.Equal(4, entries.Select(entry => entry.Sha256).Distinct().Count());
    }

    [Fact]
    public async Task Long_names_and_sizes_come_from_what_stands_before_a_file()
    {
        var deep = string.Join('/', Enumerable.Repeat("directory", 40));
        var bytes = Encoding.UTF8.GetBytes(deep);
        byte[] raw = [0xff, (byte)'=', (byte)'\n', 0xfe];
        var tar = Tar([
            .. Member(Header("././@LongLink", 'L', bytes.Length + 1), [.. bytes, 0]), .. File("cut", "gnu"u8),
            .. Member(Header("x", 'x', Record("path", raw).Length), Record("path", raw)), .. File("cut", "pax"u8),
            .. Member(Header("x", 'x', Record("size", "3"u8).Length), Record("size", "3"u8)), .. Member(Header("sized", '0', 0), "yes"u8),
            .. Member(Header("././@LongLink", 'K', bytes.Length + 1), [.. bytes, 0]), .. Header("link", '2', 0),
        ]);
        Assert.Equal(
            [$"/{deep} File 3 {Hash("gnu"u8)} ", $"/link Symlink 0 - {deep}", $"/sized File 3 {Hash("yes"u8)} ", $"/\\xff=\\n\\xfe File 3 {Hash("pax"u8)} "],
            Lines(await ReadAsync(tar)).OrderBy(line => line[1] == '\\').ThenBy(line => line, StringComparer.Ordinal));
    }

    [Fact]
    public async Task Where_an_archive_leaves_holes_out_a_file_has_its_size_and_no_hash()
    {
        var old = Header("old", 'S', 3);
        "00000002000\0"u8.CopyTo(old.AsSpan(483));
        old[482] = 1;
        var pax = Record("GNU.sparse.name", "new"u8).Concat(Record("GNU.sparse.realsize", "4096"u8)).ToArray();
        var tar = Tar([
            .. Sum(old), .. new byte[512], .. Padded("abc"u8), .. Member(Header("x", 'x', pax.Length), pax), .. File("GNUSparseFile.1/new", "abc"u8), .. File("after", "whole"u8),
        ]);
        Assert.Equal([$"/after File 5 {Hash("whole"u8)} ", "/new File 4096 - ", "/old File 1024 - "], Lines(await ReadAsync(tar)));
    }

    [Fact]
    public async Task Of_a_path_that_comes_twice_the_last_counts() =>
        Assert.Equal([$"/a File 3 {Hash("new"u8)} "], Lines(await ReadAsync(Tar([.. File("a", "old"u8), .. File("./a", "new"u8)]))));

    [Fact]
    public async Task A_hard_link_to_what_is_not_there_is_listed_without_content() =>
        Assert.Equal(["/a Hardlink 0 - /nowhere"], Lines(await ReadAsync(Tar(Header("a", '1', 0, "nowhere")))));

    [Fact]
    public async Task An_unknown_kind_of_member_is_skipped_with_its_content() =>
        Assert.Equal(["/a Other 0 - ", $"/b File 1 {Hash("b"u8)} "], Lines(await ReadAsync(Tar([.. Member(Header("a", 'V', 700), new byte[700]), .. File("b", "b"u8)]))));

    [Fact]
    public async Task An_endless_file_is_refused_by_its_header_before_it_is_read()
    {
        using var endless = new EndlessStream([.. Sum(Header("big", '0', -1))]);
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => ImageFiles.ReadAsync(endless, _small, TestContext.Current.CancellationToken));
        Assert.Contains("more than", error.Message, StringComparison.Ordinal);
        Assert.Equal(512, endless.Position);
    }

    [Fact]
    public async Task An_endless_archive_of_small_files_ends_at_its_limits()
    {
        using var endless = new EndlessStream([.. File("a", "x"u8)]) { Repeats = true };
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => ImageFiles.ReadAsync(endless, _small, TestContext.Current.CancellationToken));
        Assert.Contains("100 files", error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, byte[]> Damaged => new()
    {
        { "no archive", [] },
        { "no end", [.. File("a", "x"u8)] },
        { "cut in a header", Sum(Header("a", '0', 0))[..300] },
        { "cut in a file", [.. Sum(Header("a", '0', 5000)), .. new byte[600]] },
        { "a wrong sum", [.. Header("a", '0', 0, sum: false), .. new byte[1024]] },
        { "a size that is none", Tar(Sum(Odd("a", "9999999\0"u8))) },
        { "huge attributes", Tar(Header("x", 'x', 5 << 20)) },
        { "torn attributes", Tar([.. Member(Header("x", 'x', 20), "99 path=a\n__________"u8), .. File("a", [])]) },
        { "an attribute without a name", Tar([.. Member(Header("x", 'x', 6), "6 =ab\n"u8), .. File("a", [])]) },
    };

    [Theory]
    [MemberData(nameof(Damaged))]
    public async Task A_damaged_archive_is_an_error_and_never_a_shorter_list(string what, byte[] tar) =>
        Assert.False(string.IsNullOrEmpty((await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync(tar))).Message), what);

    [Fact]
    public async Task A_cancelled_reading_ends()
    {
        using var cancelled = new CancellationTokenSource();
        using var endless = new EndlessStream([.. File("a", "x"u8)]) { Repeats = true, OnRead = reads => { if (reads == 50) cancelled.Cancel(); } };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ImageFiles.ReadAsync(endless, TarLimits.Default, cancelled.Token));
    }

    [Fact]
    public async Task A_hundred_thousand_files_are_listed_and_read_back()
    {
        using var many = new ManyFiles(100_000);
        var entries = await ImageFiles.ReadAsync(many, TarLimits.Default, TestContext.Current.CancellationToken);
        Assert.Equal(100_000, entries.Count);
        var folder = Directory.CreateTempSubdirectory("harness-test-");
        try
        {
            var path = Path.Combine(folder.FullName, "t.csv");
            FilesystemTable.Write(path, entries);
            Assert.Equal(new FilesystemSummary(100_000, 0, 0, 100_000), FilesystemTable.Summarise(path));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Task AddAsync(TarWriter writer, TarEntry entry) => writer.WriteEntryAsync(entry, TestContext.Current.CancellationToken);

    private static async Task<IReadOnlyCollection<FilesystemEntry>> ReadAsync(byte[] tar)
    {
        using var stream = new MemoryStream(tar);
        return await ImageFiles.ReadAsync(stream, TarLimits.Default, TestContext.Current.CancellationToken);
    }

    private static List<string> Lines(IEnumerable<FilesystemEntry> entries) =>
        [.. entries.Select(entry => $"{entry.Path} {entry.Type} {entry.Size} {(entry.Sha256.Length > 0 ? entry.Sha256 : "-")} {entry.Target}").Order(StringComparer.Ordinal)];

    private static string Hash(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));
}
