using Harness.Cli;
using Spectre.Console.Testing;

namespace Harness.Tests.Syscalls;

/// <summary><c>compare --cells</c> over a run of syscall-surface.</summary>
public sealed class CompareTests : IDisposable
{
    private readonly SurfaceRun _run = new SurfaceRun()
        .Sweep(SurfaceRun.Container(), "6.1.0", ["0 read - 9", "2 open - 14", "101 ptrace - 1"])
        .Sweep(SurfaceRun.Container("seccomp=unconfined"), "6.1.0", ["0 read - 9", "2 open - 14", "101 ptrace - 3"])
        .Sweep(SurfaceRun.Container("", "runsc"), "4.4.0", ["0 read - 9", "101 ptrace - 1", "335 uretprobe 6.11 38"]);

    public void Dispose() => _run.Dispose();

    [Fact]
    public async Task Only_calls_that_differ_are_told_as_Markdown() => Assert.Equal(
        """
        1 of 4 differ.

        | number | name | busybox:static&#124;host&#124;docker/runc&#124;&#124; | busybox:static&#124;host&#124;docker/runc&#124;&#124;seccomp=unconfined |
        |---|---|---|---|
        | 101 | ptrace | EPERM, refused by filter | errno 3, implemented |

        """.Replace("&#124;", Bar, StringComparison.Ordinal),
        await CompareAsync("*/runc||", "*/runc||seccomp=unconfined"));

    [Fact]
    public async Task A_call_that_one_cell_lacks_has_an_empty_field_in_CSV() => Assert.Equal(
        """
        subject,name,busybox:static|host|docker/runc||,busybox:static|host|docker/runsc||
        2,open,"errno 14, implemented",
        101,ptrace,"EPERM, refused by filter","EPERM, undecided"
        335,uretprobe,,"ENOSYS, undecided"
        4000,-,"ENOSYS, unassigned","ENOSYS, undecided"

        """,
        await CompareAsync("*/runc||", "*/runsc*", "csv"));

    [Fact]
    public async Task The_answer_as_JSON_has_the_cells_the_count_and_the_rows()
    {
        var answer = await CompareAsync("*/runc||seccomp=unconfined", "*/runc||", "json");

        Assert.Contains("\"first\": \"busybox:static|host|docker/runc||seccomp=unconfined\"", answer, StringComparison.Ordinal);
        Assert.Contains("\"compared\": 4", answer, StringComparison.Ordinal);
        Assert.Contains("\"subject\": \"101\"", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("\"read\"", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cell_and_itself_do_not_differ() =>
        Assert.StartsWith("0 of 4 differ.\n", await CompareAsync("*/runc||", "*/runc||"), StringComparison.Ordinal);

    [Theory]
    [InlineData("*/crun*", "no cell")]
    [InlineData("*/runc*", "2 cells")]
    public async Task A_glob_must_name_one_cell(string glob, string reason)
    {
        using var error = new TestConsole();
        using var answer = new TestConsole();

        var code = await Entry.RunAsync(["compare", _run.Build().Root, "--cells", glob, "*/runsc*"], new Terminal(answer, error));

        Assert.Equal(3, code);
        Assert.Contains($"'{glob}' names {reason} with readings", string.Concat(error.Lines), StringComparison.Ordinal);
    }

    private static string Bar => "\\|";

    private async Task<string> CompareAsync(string first, string second, string format = "markdown")
    {
        using var answer = new TestConsole();
        answer.Profile.Width = 1000;
        Assert.Equal(0, await Entry.RunAsync(["compare", _run.Build().Root, "--cells", first, second, "--format", format], new Terminal(answer, new TestConsole())));
        return answer.Output;
    }
}
