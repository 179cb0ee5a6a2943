using System.Text;
using Harness.Images.Kernels;
using Harness.Images.Packages;
using Harness.Sandboxes.Machines;

namespace Harness.Tests.Runtimes;

public sealed class KernelFilesTests
{
    [Fact]
    public void Lz4_as_the_kernel_s_build_writes_it_is_unpacked()
    {
        // "abcd", then 12 bytes copied from 4 back, then literals: a block's last five bytes always are.
        byte[] block = [0x48, .. "abcd"u8, 4, 0, 0x60, .. "theend"u8];
        byte[] frame = [0x02, 0x21, 0x4C, 0x18, (byte)block.Length, 0, 0, 0, .. block];
        Assert.Equal("abcdabcdabcdabcdtheend", Encoding.ASCII.GetString(Packed.Unpack(frame)));
        Assert.Equal("abcdabcdabcdabcdtheend", Encoding.ASCII.GetString(Packed.UnpackPayload([.. frame, 22, 0, 0, 0])));
        Assert.Throws<InvalidDataException>(() => Packed.UnpackPayload([.. frame, 21, 0, 0, 0]));
        Assert.Throws<InvalidDataException>(() => Packed.Unpack(frame, most: 21));
    }

    [Fact]
    public void A_damaged_lz4_block_is_an_error_and_no_crash()
    {
        byte[] frame = [0x02, 0x21, 0x4C, 0x18, 4, 0, 0, 0, 0x08, 9, 0, 0];
        Assert.Throws<InvalidDataException>(() => Packed.Unpack(frame));
        Assert.Throws<InvalidDataException>(() => Packed.Unpack(frame[..^1]));
    }

    [Fact]
    public void What_unpacks_to_more_than_it_may_is_an_error()
    {
        Assert.Equal([9, 9], Packed.Unpack([9, 9]));
        var gzip = Packing.Gzip(new byte[1 << 20]);
        Assert.Equal(1 << 20, Packed.Unpack(gzip).Length);
        Assert.Throws<InvalidDataException>(() => Packed.Unpack(gzip, most: (1 << 20) - 1));
        Assert.Throws<InvalidDataException>(() => Packed.Unpack(Packing.Zstd(new byte[1 << 20]), most: (1 << 20) - 1));
    }

    [Fact]
    public void A_stream_that_breaks_off_is_an_error_however_much_of_it_came()
    {
        var noise = new byte[1 << 18];
        new Random(1).NextBytes(noise);
        foreach (var packed in new[] { Packing.Gzip(noise), Packing.Zstd(noise) })
        {
            Assert.Equal(noise, Packed.Unpack(packed));
            Assert.Throws<InvalidDataException>(() => Packed.Unpack(packed[..^64]));
        }
    }

    [Fact]
    public void A_payload_is_followed_by_the_size_of_what_it_unpacks_to()
    {
        byte[] content = [.. Enumerable.Range(0, 1000).Select(number => (byte)number)];
        // Gzip ends with that size itself.
        Assert.Equal(content, Packed.UnpackPayload(Packing.Gzip(content)));
        Assert.Equal(content, Packed.UnpackPayload([.. Packing.Zstd(content), 0xE8, 3, 0, 0]));
        Assert.Throws<InvalidDataException>(() => Packed.UnpackPayload([.. Packing.Zstd(content), 0xE9, 3, 0, 0]));
        Assert.Throws<InvalidDataException>(() => Packed.UnpackPayload([.. Packing.Zstd(content), 0xFF, 0xFF, 0xFF, 0xFF]));
        Assert.Throws<InvalidDataException>(() => Packed.UnpackPayload([1, 2]));
    }

    [Theory]
    [InlineData("99999999  ")]
    [InlineData("-1        ")]
    [InlineData("many      ")]
    public void A_package_with_parts_longer_than_itself_is_an_error(string size)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, $"!<arch>\n{"data.tar.xz",-16}{"0",-12}{"0",-6}{"0",-6}{"644",-8}{size}`\nshort");
            Assert.Throws<InvalidDataException>(() => DebFile.ForEach(file, _ => true, (_, _) => { }));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void A_file_that_is_no_kernel_is_said_to_be_none()
    {
        Assert.Contains("no x86 kernel", Assert.Throws<InvalidDataException>(() => KernelFile.Parse(new byte[4096])).Message, StringComparison.Ordinal);
        Assert.Contains("no x86 kernel", Assert.Throws<InvalidDataException>(() => KernelFile.Parse([])).Message, StringComparison.Ordinal);
        var elf = new byte[4096];
        "\u007fELF\u0002"u8.CopyTo(elf);
        Assert.Contains("PVH", Assert.Throws<InvalidDataException>(() => KernelFile.Parse(elf)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Modules_come_after_what_they_need()
    {
        var modules = new KernelModules();
        modules.Add("a/virtio-blk.ko", () => Module("virtio,virtio_ring"));
        modules.Add("a/virtio.ko", () => Module("virtio-ring"));
        modules.Add("a/virtio_ring.ko", () => Module(""));
        modules.Add("a/modules.dep", () => throw new InvalidOperationException());
        Assert.Equal(["virtio_ring", "virtio", "virtio_blk"], modules.InOrder(["virtio_blk", "ext4", "virtio"]).Select(module => module.Name));
    }

    [Fact]
    public void The_newest_kernel_of_a_suite_comes_with_its_modules_and_never_with_debug_symbols()
    {
        static string Stanza(string name, string version, long size) =>
            $"Package: {name}\nVersion: {version}\nFilename: pool/{name}.deb\nSize: {size}\nSHA256: {new string('0', 64)}\n";
        var old = new DebianSuite(string.Join('\n', Stanza("linux-image-6.1.0-9-cloud-amd64", "6.1.9-1", 9 << 20), Stanza("linux-image-6.1.0-10-cloud-amd64", "6.1.10-1", 9 << 20), Stanza("linux-image-6.1.0-11-cloud-amd64-dbg", "6.1.11-1", 9 << 20), Stanza("linux-image-6.1.0-12-amd64", "6.1.12-1", 9 << 20)), "");
        Assert.Equal(["linux-image-6.1.0-10-cloud-amd64"], old.Kernel("cloud-amd64").Select(package => package.Name));
        var split = new DebianSuite(string.Join('\n', Stanza("linux-image-7.2-cloud-amd64", "7.2-1", 1900), Stanza("linux-base-7.2-cloud-amd64", "7.2-1", 1), Stanza("linux-modules-7.2-cloud-amd64", "7.2-1", 9 << 20), Stanza("linux-binary-7.2-cloud-amd64", "7.2-1", 9 << 20)), "");
        Assert.Equal(["linux-binary-7.2-cloud-amd64", "linux-base-7.2-cloud-amd64", "linux-modules-7.2-cloud-amd64"], split.Kernel("cloud-amd64").Select(package => package.Name));
        Assert.Empty(split.Kernel("rt-amd64"));
    }

    [Fact]
    public void An_archive_depends_on_nothing_but_its_content()
    {
        static byte[] Write()
        {
            using var output = new MemoryStream();
            var archive = new Cpio(output);
            archive.Folder("dev");
            archive.Device("dev/console", 5, 1);
            archive.File("init", "x"u8, executable: true);
            archive.End();
            return output.ToArray();
        }

        var bytes = Write();
        Assert.Equal(bytes, Write());
        Assert.Equal(0, bytes.Length % 4);
        Assert.StartsWith("07070100000001000041ED", Encoding.ASCII.GetString(bytes), StringComparison.Ordinal);
        Assert.Contains("TRAILER!!!", Encoding.ASCII.GetString(bytes), StringComparison.Ordinal);
    }

    [Fact]
    public void A_packed_configuration_is_read_and_what_is_none_gives_no_facts()
    {
        using var packed = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionMode.Compress))
            gzip.Write("# made by hand\nCONFIG_IA32_EMULATION=y\nCONFIG_VIRTIO_BLK=m\n"u8);
        var chosen = KernelConfig.Chosen(KernelConfig.Text(packed.ToArray())!);
        Assert.Equal(("y", "m", "n"), (chosen["IA32_EMULATION"], chosen["VIRTIO_BLK"], chosen["VIRTIO_PCI"]));
        Assert.Null(KernelConfig.Text("not a configuration"u8.ToArray()));
        Assert.Null(KernelConfig.Text([0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0, 1, 2, 3]));
    }

    [Theory]
    [InlineData("vsyscall=none", "vsyscall=none")]
    [InlineData("shape=q35;vsyscall=emulate", "vsyscall=emulate")]
    [InlineData("ia32=off", "ia32_emulation=0")]
    public void A_mode_becomes_a_parameter_of_the_kernel(string variant, string parameter) =>
        Assert.Equal([parameter], MachineVariant.Parse(variant, out _)!.KernelParameters);

    [Fact]
    public void A_setting_of_containers_is_none_of_machines()
    {
        Assert.Null(MachineVariant.Parse("seccomp=unconfined", out var reason));
        Assert.Contains("seccomp=unconfined", reason, StringComparison.Ordinal);
    }

    private static byte[] Module(string needs) => [.. "\u007fELF\0license=GPL\0depends="u8, .. Encoding.ASCII.GetBytes(needs), 0];
    [Theory]
    [InlineData("config", true)]
    [InlineData("config-6.12.117+deb13-cloud-amd64", true)]
    [InlineData("configfs.ko.xz", false)]
    public void A_module_that_begins_like_the_configuration_is_none(string file, bool isConfig) => Assert.Equal(isConfig, KernelImages.IsConfig(file));
}
