using System.Globalization;
using CsvHelper;
using Harness.Core.Journaling;
using Harness.Tests.Analysis;

namespace Harness.Tests.Syscalls;

/// <summary>The tables from which the sweep is built.</summary>
public sealed class TableTests
{
    [Theory]
    [InlineData("x86_64", 385)]
    [InlineData("aarch64", 327)]
    [InlineData("i386", 461)]
    public void Numbers_and_names_are_unique_and_reach_the_newest_call(string architecture, int count)
    {
        var calls = SyscallTable.Read(architecture);

        Assert.Equal(count, calls.Length);
        Assert.Equal(calls.Select(call => call.Number).Order(), calls.Select(call => call.Number));
        Assert.Equal(count, calls.Select(call => call.Number).Distinct().Count());
        Assert.Equal(count, calls.Select(call => call.Name).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(("rseq_slice_yield", 471, "7.0"), (calls[^1].Name, calls[^1].Number, calls[^1].Since));
    }

    [Theory]
    [InlineData("x86_64")]
    [InlineData("aarch64")]
    [InlineData("i386")]
    [InlineData("x32")]
    public void Every_rule_can_be_read_and_every_departure_has_its_reason(string architecture)
    {
        foreach (var call in SyscallTable.Read(architecture))
        {
            Assert.True(call.Rule is "" or "skip" or "nogroup" || call.Arguments.Length <= 6, call.Name);
            Assert.True(call.Rule.Length == 0 || call.Reason.Length > 0, $"{call.Name}: a reason is needed");
            Assert.Matches(@"^[a-z0-9_]+$", call.Name);
            Assert.Matches(@"^(\d+\.\d+)?$", call.Since);
            Assert.DoesNotContain(",", call.Rule, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("x86_64")]
    [InlineData("aarch64")]
    [InlineData("i386")]
    [InlineData("x32")]
    public void What_would_end_or_alter_more_than_the_child_is_never_called(string architecture)
    {
        var calls = SyscallTable.Read(architecture).ToDictionary(call => call.Name, StringComparer.Ordinal);

        Assert.All(
            new[] { "exit", "exit_group", "rt_sigreturn", "sigreturn", "sync", "vhangup", "reboot", "kexec_load", "kexec_file_load", "fork", "vfork" }.Where(calls.ContainsKey),
            name => Assert.Equal("skip", calls[name].Rule));
        // -1 is everybody for kill; IPC_CREAT is among the flags of -1.
        Assert.All(["kill", "tkill", "tgkill", "rt_sigqueueinfo", "msgget", "shmget", "semget", "clone", "clone3"], name => Assert.NotEmpty(calls[name].Arguments));
    }

    [Fact]
    public void X32_shares_the_numbers_of_the_processors_own_entry_and_has_its_own_from_512_to_547()
    {
        var own = SyscallTable.Read("x86_64").ToDictionary(call => call.Number, call => call.Name);
        var calls = SyscallTable.Read("x32");

        Assert.All(calls, call => Assert.True(call.Number is >= 512 and <= 547 || own[call.Number] == call.Name, $"{call.Number} {call.Name}"));
        Assert.Equal(36, calls.Count(call => call.Number >= 512));
    }

    [Fact]
    public void Both_architectures_agree_on_what_they_share()
    {
        var other = SyscallTable.Read("aarch64").ToDictionary(call => call.Name, StringComparer.Ordinal);
        var shared = SyscallTable.Read("x86_64").Where(call => other.ContainsKey(call.Name)).ToArray();

        Assert.InRange(shared.Length, 250, 330);
        Assert.All(shared, call => Assert.Equal((call.Since, call.Rule, call.Reason), (other[call.Name].Since, other[call.Name].Rule, other[call.Name].Reason)));
    }
}

/// <summary>A row of experiments/probes/syscalls-ARCHITECTURE.csv.</summary>
internal sealed record SyscallTable(int Number, string Name, string Since, string Rule, string Reason)
{
    /// <summary>The leading arguments; the others are -1.</summary>
    internal long[] Arguments => Rule is "" or "skip" or "nogroup" ? [] : [.. Rule.Split(' ').Select(Value)];

    internal static SyscallTable[] Read(string architecture)
    {
        using var reader = CsvReader.FromFile(Path.Combine(RunBuilder.Repository, "experiments", "probes", $"syscalls-{architecture}.csv"), Csv.ReaderOptions);
        var rows = new List<SyscallTable>();
        while (reader.Read())
        {
            rows.Add(new(
                int.Parse(reader.GetString("number"), CultureInfo.InvariantCulture), reader.GetString("name"), reader.GetString("since"),
                reader.GetString("rule"), reader.GetString("reason")));
        }

        return [.. rows];
    }

    private static long Value(string text) => text.StartsWith("0x", StringComparison.Ordinal)
        ? long.Parse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
        : long.Parse(text, CultureInfo.InvariantCulture);
}
