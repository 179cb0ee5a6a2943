using System.Collections.Immutable;
using System.Formats.Tar;
using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Core.Running;
using Harness.Images.Userlands;
using Harness.Sandboxes.Containers;
using Harness.Sandboxes.Payload;

namespace Harness.Tests.Runtimes;

public sealed class ImageTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_same_program_gives_the_same_layer_byte_for_byte()
    {
        var program = Path.GetTempFileName();
        await File.WriteAllTextAsync(program, "a program", Cancellation);
        try
        {
            var first = await Layer(program, ["bin/sh", "bin/ls", "usr/bin/env"]);
            File.SetLastWriteTimeUtc(program, DateTime.UnixEpoch.AddYears(20));
            var second = await Layer(program, ["usr/bin/env", "bin/ls", "bin/sh"]);

            Assert.Equal(first, second);
        }
        finally
        {
            File.Delete(program);
        }
    }

    [Fact]
    public async Task A_busybox_layer_links_each_applet_and_says_what_it_is()
    {
        var program = Path.GetTempFileName();
        await File.WriteAllTextAsync(program, "a program", Cancellation);
        try
        {
            var entries = Entries(await Layer(program, ["bin/sh", "linuxrc"]));

            Assert.Equal("/bin/busybox", entries["bin/sh"].LinkName);
            Assert.DoesNotContain("linuxrc", entries.Keys);
            Assert.Equal(ReproducibleTar.Executable, entries["bin/busybox"].Mode);
            Assert.All(entries.Values, entry => Assert.Equal(DateTimeOffset.UnixEpoch, entry.ModificationTime));
        }
        finally
        {
            File.Delete(program);
        }
    }

    [Fact]
    public async Task A_sandbox_gets_agent_plan_and_files_with_the_folders_they_need()
    {
        var request = new SandboxRequest
        {
            SandboxId = "s",
            Cell = new Cell("u", "host", "docker", "runc", "", ""),
            ImageDigest = "",
            Key = Harness.Core.Protocol.ChannelKey.Create(),
            AgentPlan = "harness-plan\t2\nend\n",
            Files = ImmutableSortedDictionary<string, ImmutableArray<byte>>.Empty.Add("probes/deep/a.sh", [1]),
            Programs = ImmutableSortedDictionary<string, ImmutableArray<byte>>.Empty.Add("tool", [1]),
            Limits = new Limits(1, 1, 1),
            Deadline = TimeSpan.FromSeconds(1),
        };

        using var archive = await SandboxArchive.WriteAsync(new byte[] { 1, 2, 3 }, request, Cancellation);
        var entries = Entries(archive.ToArray());

        Assert.Equal([".harness/", ".harness/agent", ".harness/probes/", ".harness/probes/deep/", ".harness/probes/deep/a.sh", ".harness/tool", ".harness/plan"], entries.Keys);
        Assert.Equal(ReproducibleTar.Executable, entries[".harness/agent"].Mode);
        Assert.Equal(ReproducibleTar.Executable, entries[".harness/tool"].Mode);
        Assert.Equal(ReproducibleTar.File, entries[".harness/plan"].Mode);
    }

    [Theory]
    [InlineData("amd64", "x86_64")]
    [InlineData("arm64", "aarch64")]
    [InlineData("i386", "x86_64")]
    [InlineData("386", "x86_64")]
    [InlineData("riscv64", "riscv64")]
    public void A_32_bit_userland_is_probed_by_the_64_bit_agent(string image, string agent) => Assert.Equal(agent, AgentFiles.Of(image));

    [Theory]
    [InlineData("debian", "", "debian:latest")]
    [InlineData("debian:12", "", "debian:12")]
    [InlineData("localhost:5000/a/b", "localhost:5000", "localhost:5000/a/b:latest")]
    [InlineData("registry.example/a@sha256:00", "registry.example", "registry.example/a@sha256:00")]
    [InlineData("library/debian:12", "", "library/debian:12")]
    public void A_reference_without_a_tag_means_latest_and_its_registry_is_its_first_part(string reference, string registry, string full) =>
        Assert.Equal(new ImageReference(registry, full), ImageReference.Parse(reference));

    [Fact]
    public void The_provenance_comes_back_from_an_images_history()
    {
        Assert.Null(ImageArchive.ReadProvenance("Imported from -"));
        Assert.Null(ImageArchive.ReadProvenance("{broken"));
        Assert.Equal("debian", ImageArchive.ReadProvenance("""{"kind":"debian","packages":{"bash":"5.2"}}""")!.Kind);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("seccomp=unconfined", true)]
    [InlineData("caps=none;net=bridge", true)]
    [InlineData("caps=+sys_ptrace;seccomp=unconfined", true)]
    [InlineData("caps=+", false)]
    [InlineData("caps=+SYS_PTRACE", false)]
    [InlineData("vsyscall=emulate", false)]
    [InlineData("seccomp=other", false)]
    public void A_setting_that_containers_do_not_know_is_named(string variant, bool isKnown)
    {
        var parsed = ContainerVariant.Parse(variant, out var reason);

        Assert.Equal(isKnown, parsed is not null);
        Assert.Equal(isKnown ? "" : variant, isKnown ? reason : reason.Split('\'')[1]);
    }

    [Fact]
    public void A_program_is_static_when_it_names_no_loader()
    {
        byte[] elf = new byte[64 + 56];
        "\u007fELF"u8.CopyTo(elf);
        (elf[4], elf[5], elf[32], elf[54], elf[56]) = (2, 1, 64, 56, 1);
        elf[64] = 1;
        Assert.True(ElfFile.IsStatic(elf));
        elf[64] = 3;
        Assert.False(ElfFile.IsStatic(elf));
        Assert.False(ElfFile.IsStatic("#!/bin/sh\n"u8));
    }

    private static async Task<byte[]> Layer(string program, ImmutableArray<string> applets)
    {
        using var output = new MemoryStream();
        await BusyboxBootstrap.WriteAsync(output, program, "1.35.0 (Debian 1:1.35.0-4)", applets, Cancellation);
        return output.ToArray();
    }

    private static Dictionary<string, TarEntry> Entries(byte[] archive)
    {
        using var stream = new MemoryStream(archive);
        using var reader = new TarReader(stream);
        var entries = new Dictionary<string, TarEntry>();
        while (reader.GetNextEntry() is { } entry)
            entries.Add(entry.Name, entry);
        return entries;
    }
}
