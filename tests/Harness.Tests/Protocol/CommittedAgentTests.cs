using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Xunit;

namespace Harness.Tests.Protocol;

public sealed class CommittedAgentTests
{
    private static readonly string Folder = Path.Combine(Root(), "experiments", "probes", "bin");

    [Fact]
    public void Every_committed_binary_has_the_hash_that_is_committed_with_it()
    {
        var actual = Directory.GetFiles(Folder, "*-*")
            .Order(StringComparer.Ordinal)
            .Select(file => $"{Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)))}  {Path.GetFileName(file)}");

        Assert.Equal(File.ReadAllLines(Path.Combine(Folder, "SHA256SUMS")).OrderBy(line => line[66..], StringComparer.Ordinal), actual);
    }

    [Theory]
    [InlineData("agent-x86_64", 62)]
    [InlineData("agent-aarch64", 183)]
    [InlineData("init-x86_64", 62)]
    [InlineData("legacy-bash-x86_64", 62)]
    public void A_committed_agent_is_a_small_program_of_its_architecture(string name, int machine)
    {
        var bytes = File.ReadAllBytes(Path.Combine(Folder, name));

        Assert.Equal([0x7F, .. "ELF"u8, 2, 1], bytes[..6]);
        Assert.Equal(machine, BitConverter.ToUInt16(bytes, 18));
        Assert.InRange(bytes.Length, 1, 64 * 1024);
    }

    [Theory]
    [InlineData("static-x86_64", 62, "")]
    [InlineData("static-aarch64", 183, "")]
    [InlineData("dynamic-x86_64", 62, "/lib64/ld-linux-x86-64.so.2")]
    [InlineData("dynamic-aarch64", 183, "/lib/ld-linux-aarch64.so.1")]
    [InlineData("dynamic-musl-x86_64", 62, "/lib/ld-musl-x86_64.so.1", "libc.so")]
    [InlineData("dynamic-musl-aarch64", 183, "/lib/ld-musl-aarch64.so.1", "libc.so")]
    public void A_committed_program_asks_for_the_loader_it_is_about_and_no_version_of_libc(string name, int machine, string loader, string libc = "libc.so.6")
    {
        var bytes = File.ReadAllBytes(Path.Combine(Folder, name));
        var text = System.Text.Encoding.Latin1.GetString(bytes);

        Assert.Equal(machine, BitConverter.ToUInt16(bytes, 18));
        Assert.Equal(loader.Length > 0, text.Contains(loader + "\0", StringComparison.Ordinal) && text.Contains(libc + "\0", StringComparison.Ordinal));
        Assert.DoesNotContain("GLIBC_", text, StringComparison.Ordinal);
    }

    private static string Root([CallerFilePath] string file = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", ".."));
}
