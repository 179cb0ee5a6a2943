using Harness.Runtimes.Engines;
using Harness.Runtimes.Facts;

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
        Assert.True(owner.MayLive());
        Assert.Null(Owner.Parse("someone else"));
    }

    [Fact]
    public void A_process_id_that_was_reused_is_not_its_owner()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "start times are read from /proc");

        Assert.False((Owner.Current() with { StartTime = 1 }).MayLive());
        Assert.True((Owner.Current() with { Host = "elsewhere", StartTime = 1 }).MayLive());
    }
}
