using System.Diagnostics;
using System.Globalization;
using Harness.Core;

namespace Harness.Tests.Analysis;

/// <summary>The rules of decision of experiments/userland-identity/README.md, case by case.</summary>
public sealed class UserlandIdentityVerdictTests : IDisposable
{
    private readonly UserlandRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void One_kernel_and_different_files_support_the_claim_in_a_sentence_with_numbers()
    {
        var verdicts = _run.Host()
            .Container("debian:12", "/a=1 /b=2 /c=3 /l>a")
            .Container("debian:13", "/a=1 /b=x /c=y /l>a")
            .Container("alpine:3.20", "/a=z /d=4")
            .Verdicts();
        Assert.Equal(["", "part=kernel", "part=kernels", "part=userland"], verdicts.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(
            ("supported",
             "Under docker/runc, 3 userlands all reported one kernel, 6.1, the host's. "
             + "Userlands that differ in distribution or version hold different files. Of all files of two such userlands, between 0.0 % (alpine:3.20 and debian:12) and "
             + "33.3 % (debian:12 and debian:13; 100.0 % by path alone) are the same in path and content, over 3 pairs.",
             "6"),
            verdicts[""]);
        Assert.Equal(("supported", "3"), (verdicts["part=kernel"].Verdict, verdicts["part=kernel"].Trials));
        Assert.Contains("C libraries: glibc 2.36; shells: dash; package managers: not read.", verdicts["part=userland"].Summary, StringComparison.Ordinal);
        Assert.Equal("not tested", verdicts["part=kernels"].Verdict);
    }

    [Fact]
    public void Shares_are_of_all_names_that_either_has_and_directories_do_not_count()
    {
        using var database = _run.Host().Container("a:1", "/dir /x=1 /y=2 /z=3 /l>x").Container("b:1", "/dir /x=1 /y=other /l>y /new=1").Database();
        var row = database.Query("SELECT names_a, names_b, common_path, common_content, round(share_path, 6), round(share_content, 6) FROM common WHERE a < b", "test").Rows.Single();
        // By path 3 of x, y, z, l, new; by content 1 of x, y, y', z, l, l', new.
        Assert.Equal(["4", "4", "3", "1", "0.6", "0.142857"], row);
        Assert.Equal(["1.0", "1.0"], database.Query("SELECT share_content FROM common WHERE a = b", "test").Rows.Select(same => same[0]));
    }

    [Fact]
    public void A_file_that_was_not_read_agrees_with_no_other()
    {
        using var database = _run.Host().Container("a:1", "/x=?").Container("b:1", "/x=?").Database();
        Assert.Equal(["1", "0"], database.Query("SELECT common_path, common_content FROM common WHERE a < b", "test").Rows.Single());
    }

    [Fact]
    public void Images_without_any_file_are_alike() =>
        Assert.Equal("refuted", _run.Host().Container("a:1", "").Container("b:1", "").Verdicts()["part=userland"].Verdict);

    [Fact]
    public void Two_different_userlands_with_the_same_files_refute_it()
    {
        var verdicts = _run.Host().Container("debian:12", "/a=1").Container("ubuntu:24.04", "/a=1").Verdicts();
        Assert.Equal("refuted", verdicts["part=userland"].Verdict);
        Assert.Equal("refuted", verdicts[""].Verdict);
        Assert.Equal("supported", verdicts["part=kernel"].Verdict);
        Assert.Contains("1 is identical in content", verdicts[""].Summary, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(194, "supported")]   // 194 of 206
    [InlineData(195, "inconclusive")]   // 195 of 205
    [InlineData(199, "inconclusive")]
    [InlineData(200, "refuted")]
    public void From_a_share_of_95_percent_on_two_userlands_are_too_alike(int common, string verdict)
    {
        string Files(string other) => string.Join(' ', Enumerable.Range(0, 200).Select(i => $"/{i}={(i < common ? "same" : other)}"));
        Assert.Equal(verdict, _run.Host().Container("debian:12", Files("one")).Container("debian:13", Files("two")).Verdicts()["part=userland"].Verdict);
    }

    [Fact]
    public void Userlands_that_say_the_same_of_themselves_are_shown_and_decide_nothing()
    {
        var verdicts = _run.Host().Container("debian:14", "/a=1", os: "debian").Container("debian:sid", "/a=1", os: "debian").Container("debian:12", "/a=2").Verdicts();
        Assert.Equal("supported", verdicts["part=userland"].Verdict);
        Assert.Contains("Not counted: debian:14 and debian:sid, both debian, share 100.0 %.", verdicts["part=userland"].Summary, StringComparison.Ordinal);
        Assert.Contains("over 2 pairs", verdicts["part=userland"].Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_userlands_of_one_name_leave_it_untested() =>
        Assert.Equal("not tested", _run.Host().Container("debian:12", "/a=1").Container("debian:12-i386", "/a=1", os: "debian 12").Verdicts()["part=userland"].Verdict);

    [Fact]
    public void A_userland_without_a_shell_goes_by_its_name_and_its_files()
    {
        var verdicts = _run.Host().Container("debian:12", "/a=1").Container("distroless:1", "/b=1", hasShell: false).Verdicts();
        Assert.Equal("supported", verdicts[""].Verdict);
        Assert.Contains("2 userlands", verdicts["part=kernel"].Summary, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("6.2", "#1")]
    [InlineData("6.1", "#2")]
    public void Another_kernel_than_the_hosts_refutes_it(string release, string version)
    {
        var verdicts = _run.Host().Container("debian:12", "/a=1").Container("alpine:3.20", "/a=2", release: release, version: version).Verdicts();
        Assert.Equal("refuted", verdicts["part=kernel"].Verdict);
        Assert.Equal("refuted", verdicts[""].Verdict);
        Assert.Contains("1 of 2 containers reported another kernel than the host's 6.1: alpine:3.20.", verdicts[""].Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_reading_of_the_host_it_stays_open_and_says_what_to_add()
    {
        var verdicts = _run.Container("debian:12", "/a=1").Container("alpine:3.20", "/a=2").Verdicts();
        Assert.Equal("inconclusive", verdicts[""].Verdict);
        Assert.Contains("add the runtime `host`", verdicts["part=kernel"].Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void One_userland_tests_nothing()
    {
        var verdicts = _run.Host().Container("debian:12", "/a=1").Verdicts();
        Assert.All(verdicts.Values, verdict => Assert.Equal("not tested", verdict.Verdict));
    }

    [Fact]
    public void A_run_without_any_container_tests_nothing_and_fails_nowhere() =>
        Assert.All(_run.Host().Verdicts().Values, verdict => Assert.Equal("not tested", verdict.Verdict));

    [Fact]
    public void Another_runtime_has_a_row_of_its_own_and_may_have_a_kernel_of_its_own()
    {
        var verdicts = _run.Host()
            .Container("debian:12", "/a=1").Container("alpine:3.20", "/a=2")
            .Container("debian:12", runtime: "runsc", release: "4.4.0").Container("alpine:3.20", runtime: "runsc", release: "4.4.0")
            .Verdicts();
        Assert.Equal("supported", verdicts[""].Verdict);
        Assert.Equal("supported", verdicts["part=kernel;runtime=runsc"].Verdict);
        Assert.Contains("4.4.0, which is not the host's 6.1.", verdicts["part=kernel;runtime=runsc"].Summary, StringComparison.Ordinal);
        Assert.Contains("over 1 pair.", verdicts["part=userland"].Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_runtime_that_shows_several_kernels_is_refuted_in_its_row_alone()
    {
        var verdicts = _run.Host().Runtime("kata,container,Kata,false,false,true")
            .Container("debian:12", "/a=1").Container("alpine:3.20", "/a=2")
            .Container("debian:12", runtime: "kata", release: "5.1").Container("alpine:3.20", runtime: "kata", release: "5.2")
            .Verdicts();
        Assert.Equal("refuted", verdicts["part=kernel;runtime=kata"].Verdict);
        Assert.Equal("supported", verdicts[""].Verdict);
    }

    [Fact]
    public void What_is_missing_is_named_with_its_reason_and_the_rest_is_judged()
    {
        var verdicts = _run.Host()
            .Container("debian:12", "/a=1").Container("alpine:3.20", "/a=2").Container("big:1", notListed: "the image holds more than 16 GiB").Unavailable("gone:1", "no image of gone:1")
            .Verdicts();
        Assert.Equal("supported", verdicts[""].Verdict);
        Assert.Equal(["big:1: the image holds more than 16 GiB"], Judged.NotCounted(_run.Build(), "userland-identity"));
    }

    [Fact]
    public void Synthetic_stand_ins_are_no_distributions() =>
        Assert.Equal("not tested", _run.Host().Container("debian:12", "/a=1").Container("synthetic:old", "/a=1", os: "centos 5").Verdicts()[""].Verdict);

    [Fact]
    public void The_evidence_names_both_trials_of_a_pair_and_whether_it_counts()
    {
        using var database = _run.Host().Container("debian:12", "/a=1 /b=1").Container("debian:13", "/a=1 /b=2").Database();
        var row = database.Query("SELECT userland, other_userland, own, other, common, share, state, counts FROM evidence WHERE scope = 'part=userland' AND what = 'files by path and content'", "test").Rows.Single();
        Assert.Equal(["debian:12", "debian:13", "2", "2", "1", "0.333333", "other", "true"], row);
        Assert.Equal("0", database.Query("SELECT count(*) FROM evidence WHERE trial_id NOT IN (SELECT trial_id FROM trial)", "test").Rows.Single()[0]);
        Assert.Equal("2", database.Query("SELECT count(*) FROM evidence WHERE scope = 'part=kernel' AND what = 'kernel' AND state = 'same'", "test").Rows.Single()[0]);
    }

    [Fact]
    public void A_link_among_the_tables_opens_nothing()
    {
        var folder = _run.Host().Container("debian:12", "/a=1").Build();
        File.CreateSymbolicLink(Path.Combine(folder.Filesystems, new string('0', 64) + ".csv"), "/etc/passwd");
        Assert.Contains("is a link", Assert.Throws<HarnessException>(() => _run.Database()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Eight_userlands_with_ten_thousand_files_are_judged_in_seconds()
    {
        _run.Host();
        for (var userland = 0; userland < 8; userland++)
        {
            var own = userland;
            var files = Enumerable.Range(0, 10_000).Select(i => string.Create(CultureInfo.InvariantCulture, $"/usr/share/some/folder/{(i % 3 == 0 ? own : 0)}/{i}={(i % 5 == 0 ? own : 0)}"));
            _run.Container($"distro:{userland}", string.Join(' ', files));
        }

        using var database = _run.Database();
        var clock = Stopwatch.StartNew();
        Assert.Equal("supported", database.Query("SELECT verdict FROM verdict WHERE scope = ''", "test").Rows.Single()[0]);
        // 0.3 s on two cores; the bound leaves room for a busy machine.
        using var again = _run.Database();
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 10);
    }
}
