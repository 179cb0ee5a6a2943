using System.Collections.Immutable;
using Harness.Analysis.Judging;
using Harness.Core.Definitions;
using Harness.Core.Journaling;

namespace Harness.Tests.Analysis;

/// <summary>The table of what is in each userland: a reading, or the word that says why there is none.</summary>
public sealed class UserlandsInsideTests : IDisposable
{
    private static readonly ExperimentsFolder _experiments = ExperimentsFolder.Read(Path.Combine(RunBuilder.Repository, "experiments"));

    private readonly UserlandRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void A_row_a_userland_and_no_cell_without_a_word()
    {
        _run.Host().Container("debian:12", "/etc/x=1").Container("scratch", "", hasShell: false).Unavailable("ubuntu:24.04", "no image");

        var table = Table();

        Assert.Equal(["userland", "under", "kernel_release", "libc", "libc_version", "sh", "sh_version", "bash_version", "package_manager", "packages", "package_programs"], table.Columns);
        Assert.Equal(["host", "scratch", "debian:12", "ubuntu:24.04"], table.Rows.Select(row => row[0]).OrderBy(name => Array.IndexOf(["host", "scratch", "debian:12", "ubuntu:24.04"], name)));
        Assert.All(table.Rows, row => Assert.All(row, value => Assert.False(string.IsNullOrEmpty(value))));
        Assert.Equal("debian:12 docker/runc 6.1 glibc 2.36 dash untold untold untold untold untold", Row(table, "debian:12"));
        Assert.StartsWith("ubuntu:24.04 docker/runc unavailable unavailable", Row(table, "ubuntu:24.04"), StringComparison.Ordinal);
        Assert.StartsWith("host host 6.1 unplanned", Row(table, "host"), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_shell_cannot_tell_of_itself_the_list_of_files_does()
    {
        _run.Host().Container("klibc:2.0", "/bin/sh>/usr/lib/klibc/bin/sh", hasShell: false);

        Assert.StartsWith("klibc:2.0 docker/runc 6.1 refused refused /usr/lib/klibc/bin/sh", Row(Table(), "klibc:2.0"), StringComparison.Ordinal);
    }

    [Fact]
    public void One_userland_under_two_runtimes_is_one_row_and_runc_s_wins()
    {
        _run.Host().Container("debian:12", "/etc/x=1", runtime: "runsc", release: "4.4.0").Container("debian:12");

        Assert.StartsWith("debian:12 docker/runc 6.1", Row(Table(), "debian:12"), StringComparison.Ordinal);
    }

    private Table Table()
    {
        _run.Build();
        using var database = RunDatabase.Open(_run.Folder, "userland-identity");
        return database.Query(_experiments.Find("userland-identity").Tables.Single(table => table.Id == "userlands").Sql, "test");
    }

    private static string Row(Table table, string userland) => string.Join(' ', Assert.Single(table.Rows, row => row[0] == userland));
}
