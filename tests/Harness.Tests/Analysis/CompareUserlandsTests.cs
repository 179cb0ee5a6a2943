using Harness.Cli;
using Spectre.Console.Testing;

namespace Harness.Tests.Analysis;

/// <summary><c>compare --userlands</c> over a run of distro-matrix.</summary>
public sealed class CompareUserlandsTests : IDisposable
{
    private readonly MatrixRun _run = new MatrixRun()
        .Machine()
        .Container("debian:12")
        .Container("alpine:3.20", except: [("bash", Did.Absent), ("dynamic-program", Did.NoLoader)])
        .Container("debian:11", "runsc");

    public void Dispose() => _run.Dispose();

    [Fact]
    public async Task Outcomes_and_readings_that_differ_are_told_as_Markdown()
    {
        var answer = await CompareAsync("debian:12", "alpine:3.20");

        Assert.StartsWith("5 of 16 readings that both have differ; 0 only debian:12 has, 0 only alpine:3.20. Compared under `host\\|docker/runc\\|\\|`; clocks are left out.", answer, StringComparison.Ordinal);
        Assert.Contains("| distro-matrix | host\\|docker/runc\\|\\| | bash | outcome | ok | refused: /bin/x does not exist: ENOENT, no such file |", answer, StringComparison.Ordinal);
        Assert.Contains("| about | os\\_version\\_id | 12 | 3.20 |", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("fork-pipe", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_userland_and_itself_do_not_differ() => Assert.StartsWith("0 of 16 readings", await CompareAsync("debian:12", "debian:12"), StringComparison.Ordinal);

    [Fact]
    public async Task CSV_and_JSON_have_a_row_a_difference()
    {
        Assert.StartsWith("experiment,under,probe,metric,subject,debian:12,alpine:3.20\ndistro-matrix,host|docker/runc||,about,os_id,,debian,alpine\n", await CompareAsync("debian:12", "alpine:3.20", "csv"), StringComparison.Ordinal);
        Assert.Contains("\"metric\": \"os_id\"", await CompareAsync("debian:12", "alpine:3.20", "json"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("debian:9", "no probing experiment has trials of the userland 'debian:9'; there are alpine:3.20, debian:11, debian:12, host")]
    [InlineData("debian:11", "'debian:12' and 'debian:11' were not tried under the same kernel and runtime")]
    public async Task What_cannot_be_compared_is_one_line(string other, string message)
    {
        using var error = new TestConsole();
        error.Profile.Width = 1000;
        Assert.Equal(3, await Entry.RunAsync(["compare", _run.Build().Root, "--userlands", "debian:12", other], new Terminal(new TestConsole(), error)));
        Assert.Contains(message, error.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Neither_cells_nor_userlands_is_an_error()
    {
        using var error = new TestConsole();
        error.Profile.Width = 1000;
        Assert.Equal(3, await Entry.RunAsync(["compare", _run.Build().Root], new Terminal(new TestConsole(), error)));
        Assert.Contains("name two runs or more, the base first; or one run with either --cells or --userlands", error.Output, StringComparison.Ordinal);
    }

    private async Task<string> CompareAsync(string first, string second, string format = "markdown")
    {
        using var answer = new TestConsole();
        answer.Profile.Width = 1000;
        using var error = new TestConsole();
        Assert.True(await Entry.RunAsync(["compare", _run.Build().Root, "--userlands", first, second, "--format", format], new Terminal(answer, error)) == 0, error.Output);
        return answer.Output;
    }
}
