using Harness.Engines.Connecting;
using Harness.Host.Facts;
using Harness.Host.Processes;

namespace Harness.Tests.Runtimes;

public sealed class FactsTests
{
    [Theory]
    [InlineData("quiet root=/dev/vda", "quiet root=/dev/vda")]
    [InlineData("luks.key=abc quiet", "luks.key=<redacted> quiet")]
    [InlineData("install.password=\"two words\" x=1", "install.password=<redacted> x=1")]
    [InlineData("API_TOKEN=t AUTH=u my_secret=v", "API_TOKEN=<redacted> AUTH=<redacted> my_secret=<redacted>")]
    [InlineData("keyboard quiet", "keyboard quiet")]
    public void Secrets_on_the_kernels_command_line_are_not_published(string cmdline, string expected) =>
        Assert.Equal(expected, Redaction.Apply(cmdline));

    [Fact]
    public void A_host_keeps_its_name_and_does_not_tell_its_machine_id()
    {
        var id = HostFacts.HostId();

        Assert.Equal(id, HostFacts.HostId());
        Assert.Matches("^[0-9a-f]{12}$", id);
    }

    [Fact]
    public void Linuxs_own_ids_name_a_host_as_ever_and_a_drawn_one_is_kept()
    {
        const string Machine = "0123456789abcdef0123456789abcdef";
        // Rows of runs that are there have these.
        Assert.Equal("1557c2304e3e", HostFacts.HostId(Machine, null, "b", "other"));
        Assert.Equal(HostFacts.HostId(Machine, null, "b", "other"), HostFacts.HostId("uninitialized", Machine, null, "another"));
        Assert.Equal("97ef8ea3e8d6", HostFacts.HostId(null, null, "b", "other"));
        var folder = Directory.CreateTempSubdirectory("harness-test-").FullName;
        var file = Path.Combine(folder, "host-id");
        var drawn = MachineIdentity.Kept(file);
        Assert.Matches("^[0-9a-f]{32}$", drawn);
        Assert.Equal(drawn, MachineIdentity.Kept(file));
        File.WriteAllText(file, Environment.MachineName);
        Assert.Matches("^[0-9a-f]{32}$", MachineIdentity.Kept(file));
        Assert.NotEqual(drawn, MachineIdentity.Kept(file));
        Assert.Single(Directory.GetFiles(folder));
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]", "xonly")]
    [InlineData("ffffffffff600000-ffffffffff601000 r-xp 00000000 00:00 0                  [vsyscall]", "emulate")]
    [InlineData("7ffc0000-7ffd0000 rw-p 00000000 00:00 0 [stack]", "none")]
    [InlineData(null, null)]
    public void The_vsyscall_mode_is_what_the_map_shows(string? maps, string? mode) => Assert.Equal(mode, HostFacts.Vsyscall(maps));

    [Fact]
    public void Os_release_is_read_as_a_shell_would()
    {
        var fields = OsRelease.Parse("# comment\nID=debian\nPRETTY_NAME=\"Debian \\\"12\\\"\"\nVERSION_ID='12'\nID=last\n");

        Assert.Equal("Debian \"12\"", fields["PRETTY_NAME"]);
        Assert.Equal("12", fields["VERSION_ID"]);
        Assert.Equal("last", fields["ID"]);
    }

    [Fact]
    public void An_owner_is_read_back_and_known_to_live()
    {
        var owner = Owner.Current();

        Assert.Equal(owner, Owner.Parse(owner.Text));
        Assert.True(owner.MayLive(runs: true));
        Assert.Null(Owner.Parse("someone else"));
    }

    [Fact]
    public void A_process_id_that_was_reused_is_not_its_owner()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "start times are read from /proc");

        Assert.False((Owner.Current() with { StartTime = 1 }).MayLive(runs: true));
        Assert.True((Owner.Current() with { Host = "elsewhere", StartTime = 1 }).MayLive(runs: false));
    }

    [Fact]
    public void What_was_made_before_this_boot_has_no_owner_unless_it_runs_and_so_belongs_to_a_copy_of_this_host()
    {
        var earlier = Owner.Current() with { Boot = "0123456789abcdef0123456789abcdef" };

        Assert.False(earlier.MayLive(runs: false));
        Assert.True(earlier.MayLive(runs: true));
    }

    [Fact]
    public async Task An_owner_in_another_PID_namespace_lives_as_long_as_that_namespace_has_a_process()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root" && Harness.Host.Processes.Machine.FindProgram("unshare") is not null, "makes a PID namespace, as root");
        Assert.SkipUnless(Owner.Current().Namespace == 0xEFFFFFFC, "only the first PID namespace sees all processes");
        Owner other;
        using (var sleeper = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("unshare", ["--pid", "--fork", "--kill-child", "sh", "-c", "readlink /proc/self/ns/pid; exec cat"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!)
        {
            // /proc is the first namespace's there and shows the reader by its own link.
            var link = await sleeper.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            // Its number and start are those of another process here, and say nothing.
            other = Owner.Current() with { Namespace = long.Parse(link!["pid:[".Length..^1], System.Globalization.CultureInfo.InvariantCulture), Pid = 1, StartTime = 1 };
            Assert.True(other.MayLive(runs: true));
            sleeper.StandardInput.Close();
            await sleeper.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        Assert.False(other.MayLive(runs: true));
    }

    [Fact]
    public void Another_machine_has_a_name_that_holds_for_one_host_alone()
    {
        Assert.Equal(HostFacts.NameOf("lab"), HostFacts.NameOf("lab"));
        Assert.NotEqual(HostFacts.NameOf("lab1", "a"), HostFacts.NameOf("lab2", "a"));
        Assert.NotEqual(HostFacts.NameOf("lab", "a"), HostFacts.NameOf("lab", "b"));
        Assert.Matches("^[0-9a-f]{12}$", HostFacts.NameOf("lab"));
    }

    [Fact]
    public async Task Of_a_checkout_that_belongs_to_another_user_git_s_own_word_stands_where_the_commit_would()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root" && Harness.Host.Processes.Machine.FindProgram("git") is not null, "gives a folder away, as root");
        var folder = Directory.CreateTempSubdirectory("h-git-").FullName;
        try
        {
            foreach (var command in new[] { $"git init -q {folder}", $"git -C {folder} -c user.name=n -c user.email=e commit -q --allow-empty -m m", $"chown -R 65534 {folder}" })
            {
                using var process = System.Diagnostics.Process.Start("/bin/sh", ["-c", command]);
                await process.WaitForExitAsync(TestContext.Current.CancellationToken);
                Assert.Equal(0, process.ExitCode);
            }

            var facts = await HostFacts.ToolAsync("1", folder, [], 0, DateTimeOffset.UnixEpoch, TestContext.Current.CancellationToken);

            Assert.Null(facts.Commit);
            Assert.StartsWith("git says: fatal: detected dubious ownership in repository", facts.CommitUnknown, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("uninitialized")]
    [InlineData("00000000000000000000000000000000")]
    public void An_empty_machine_id_is_no_id_and_hosts_that_share_it_are_told_apart_by_their_boots(string empty)
    {
        Assert.NotEqual(HostFacts.HostId(empty, null, "a", "localhost"), HostFacts.HostId(empty, null, "b", "localhost"));
        Assert.Equal(HostFacts.HostId("0123456789abcdef0123456789abcdef", null, "a", "one"), HostFacts.HostId("0123456789abcdef0123456789abcdef", null, "b", "two"));
        Assert.Equal(HostFacts.HostId("0123456789abcdef0123456789abcdef", null, "a", "one"), HostFacts.HostId(empty, "0123456789abcdef0123456789abcdef", "b", "two"));
    }
}
