using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Xunit;

namespace Harness.Tests.Protocol;

public sealed class CommittedAgentTests
{
    private static readonly string Folder = Path.Combine(Root(), "experiments", "probes", "bin");

    [Fact]
    public void Every_committed_agent_has_the_hash_that_is_committed_with_it()
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
        Assert.InRange(bytes.Length, 1, 40 * 1024);
    }

    private static string Root([CallerFilePath] string file = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", ".."));
}
