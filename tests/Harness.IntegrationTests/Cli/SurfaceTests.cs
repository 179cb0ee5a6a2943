using System.Globalization;
using Harness.Analysis.Judging;
using Harness.Core.Journaling;

namespace Harness.IntegrationTests.Cli;

/// <summary>C5 on real containers and virtual machines.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]   // each test is skipped elsewhere
public sealed class SurfaceTests(MadeParts parts)
{
    [Fact]
    public async Task The_filter_read_from_outside_and_the_difference_between_cells_agree_on_every_number_of_every_entry()
    {
        Machine.Require();
        using var repository = new Repository();
        var run = await repository.HarnessAsync("run", "syscall-surface", "--quick", "--runtime", "runc", "--run-id", "a");
        Assert.True(run.ExitCode == 0, run.ToString());

        var witnessed = Query(repository, "SELECT entry, number, agreement, name, class, seen, answer FROM witnessed WHERE variant = '' ORDER BY entry, number");
        var native = witnessed.Where(row => row[0] == "native").ToArray();
        Assert.Equal(Numbers(), native.Select(row => int.Parse(row[1], CultureInfo.InvariantCulture)));
        Assert.DoesNotContain(witnessed, row => row[2] == "disagrees");
        // What is neither agreement nor disagreement is what the README explains, and nothing else.
        Assert.All(native.Where(row => row[2] != "agrees"), row => Assert.True(
            (row[2] == "not called" && row[4] == "skipped")
            || (row[2] == "exempt" && row[3] is "uretprobe" or "uprobe")
            || (row[2] == "same errno" && row[4] == "capability" && row[5] == "EPERM" && row[6] == "errno=1"),
            string.Join(' ', row)));
        Assert.Contains(native, row => row[4] == "filter");

        // Whatever is absent by its reading is absent by the kernel's symbols, or a row of the evidence.
        var disagreements = Query(repository, "SELECT DISTINCT number FROM attested WHERE agreement = 'disagrees'");
        Assert.Equal(disagreements.Length, Query(repository, "SELECT DISTINCT number FROM evidence WHERE claim = 'kernel-symbols' AND seen LIKE '%disagrees'").Length);
        Assert.NotEmpty(Query(repository, "SELECT number FROM attested WHERE agreement = 'agrees' LIMIT 1"));

        // Every number of every cell has one class.
        Assert.Empty(Query(repository, "SELECT cell, count(*) FROM classified GROUP BY cell HAVING count(*) <> 482 OR count(DISTINCT number) <> 482 OR count(class) <> 482"));
        Assert.Equal(0, (await repository.HarnessAsync("verify", "a")).ExitCode);
    }

    [Fact]
    public async Task A_call_newer_than_one_kernel_fails_there_and_works_on_a_later_one()
    {
        Machine.Require();
        await Tools.RequireAsync("qemu-system-x86_64", "qemu-system-x86");
        using var repository = new Repository();
        parts.Share(repository.Cache);
        var run = await repository.HarnessAsync("run", "syscall-surface", "--quick", "--runtime", "qemu", "--accelerator", "tcg", "--run-id", "a");
        Tools.SkipWhere(Rows.Trials(repository.Run("a")).Any(row => row["outcome"] == "unavailable"), $"a kernel is not to be had: {run.Error}");
        Assert.True(run.ExitCode == 0, run.ToString());

        var steps = Query(repository, "SELECT name FROM across WHERE fails_on_old AND works_on_new").Select(row => row[0]).ToHashSet(StringComparer.Ordinal);
        Assert.Superset(new HashSet<string>(["landlock_create_ruleset", "cachestat", "futex_waitv", "mseal"], StringComparer.Ordinal), steps);
        Assert.Contains(Query(repository, "SELECT kernel FROM attested WHERE agreement = 'agrees' GROUP BY kernel"), row => row[0] == "debian-bullseye");
        Assert.Equal("supported", Query(repository, "SELECT verdict FROM verdict WHERE scope = 'part=kernels'")[0][0]);
    }

    private static IEnumerable<int> Numbers() => Enumerable.Range(0, 481).Append(4000);

    private static string[][] Query(Repository repository, string sql)
    {
        using var database = RunDatabase.Open(new RunFolder(repository.Run("a")), "syscall-surface");
        return [.. database.Query(sql, "test").Rows.Select(row => row.Select(value => value ?? "").ToArray())];
    }
}
