using System.Text.RegularExpressions;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Tests.Analysis;

namespace Harness.Tests.Comparing;

/// <summary><c>compare BASE NEW</c> over run folders.</summary>
public sealed partial class CompareRunsTests : IDisposable
{
    private readonly RunsToCompare _runs = new();

    public void Dispose() => _runs.Dispose();

    [Theory]
    [InlineData("text", "txt")]
    [InlineData("markdown", "md")]
    [InlineData("csv", "csv")]
    [InlineData("json", "json")]
    [InlineData("html", "html")]
    public async Task A_call_that_is_now_refused_is_told_by_its_cell(string format, string extension)
    {
        _runs.Copy(_runs.Surface("14"), "base");
        _runs.Copy(_runs.Surface("1"), "new");
        var (code, answer, _) = await _runs.CompareAsync("base", "new", "--format", format);
        Assert.Equal(0, code);
        Golden.Equal($"surface.{extension}", StylePattern().Replace(answer, "<style></style>", 1).Replace(SumPattern().Match(answer).Value is { Length: > 0 } sum ? sum : "no sum", "sum", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("text", "txt")]
    [InlineData("csv", "csv")]
    public async Task A_verdict_that_changed_names_the_rows_that_changed_it(string format, string extension)
    {
        // What answered as the host's kernel does now answers as another one: in one of four trials.
        var (before, after) = (new RunBuilder().Usual(), new RunBuilder().HostCell(1).HostCell(2));
        for (var block = 1; block <= 2; block++)
        {
            foreach (var userland in new[] { "busybox:static", "debian:12" })
            {
                after.Container("runc", block, block == 2 && userland == "debian:12" ? KernelReadings.Gvisor : null, userland).Container("runsc", block, KernelReadings.Gvisor, userland);
            }
        }

        _runs.Copy(_runs.Keep(before).Build(), "base");
        _runs.Copy(_runs.Keep(after).Build(), "new");
        var (code, answer, _) = await _runs.CompareAsync("base", "new", "--format", format);
        Assert.Equal(0, code);
        Golden.Equal($"identity.{extension}", answer);
    }

    [Fact]
    public async Task A_file_of_an_image_that_is_gone_is_told_by_its_userland()
    {
        _runs.Copy(Files("gone", "a", "b"), "base");
        _runs.Copy(Files("added", "a", "c"), "new");
        var (code, answer, _) = await _runs.CompareAsync("base", "new", "--format", "csv");
        Assert.Equal(0, code);
        Assert.Equal(
            [
                "new,file,,debian:12,,,/etc/added,,\"file, 3 bytes, aaaaaaaaaaaa\",,,,,,,,,,,,,,",
                "new,file,,debian:12,,,/etc/changed,\"file, 3 bytes, bbbbbbbbbbbb\",\"file, 3 bytes, cccccccccccc\",,,,,,,,,,,,,,",
                "new,file,,debian:12,,,/etc/gone,\"file, 3 bytes, aaaaaaaaaaaa\",,,,,,,,,,,,,,,",
            ],
            answer.Split('\n').Where(line => line.Contains(",file,", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Times_are_told_with_their_spread_their_shift_and_their_words()
    {
        var history = _runs.History(6);
        _runs.Startup(50, "base");
        _runs.Startup(51, "new", runc: 1.3);
        var (code, answer, _) = await _runs.CompareAsync("base", "new", "--history", history);
        Assert.Equal(0, code);
        Golden.Equal("startup.txt", answer.Replace(_runs.Root, "<root>", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nothing_in_common_is_nothing_compared()
    {
        _runs.Copy(_runs.Surface("1"), "surface");
        _runs.Startup(1, "startup");
        Assert.Equal(5, (await _runs.CompareAsync("startup", "surface", "--across")).Code);
        Assert.Equal(5, (await _runs.CompareAsync("startup", "surface", "--across", "--gate")).Code);
    }

    [Fact]
    public async Task Unlike_conditions_are_named_and_refused_unless_the_user_says_otherwise()
    {
        _runs.Startup(1, "base");
        _runs.Startup(1, "new", where: usual => usual with { Kernel = usual.Kernel with { Release = "6.12.1" }, Engine = usual.Engine! with { Version = "28.5.1" } });
        var (code, answer, error) = await _runs.CompareAsync("base", "new");
        Assert.Equal((3, ""), (code, answer));
        Assert.Contains("compare them nonetheless with --across", error, StringComparison.Ordinal);
        Assert.Contains("kernel: 6.1.0-18-amd64 → 6.12.1", error, StringComparison.Ordinal);
        Assert.Contains("engine: docker 20.10.24, API 1.41 → docker 28.5.1, API 1.41", error, StringComparison.Ordinal);
        (code, answer, _) = await _runs.CompareAsync("base", "new", "--across");
        Assert.Equal(0, code);
        Assert.True(answer.IndexOf("6.12.1", StringComparison.Ordinal) < answer.IndexOf("TIMES", StringComparison.Ordinal), answer);
    }

    [Fact]
    public async Task An_answer_goes_to_a_file_where_one_is_named()
    {
        _runs.Startup(1, "base");
        var file = Path.Combine(_runs.Root, "answer.csv");
        var (code, answer, _) = await _runs.CompareAsync("base", "base", "--format", "csv", "--out", file);
        Assert.Equal((0, ""), (code, answer));
        Assert.StartsWith("side,kind,experiment,cell,", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("name two runs or more", "base")]
    [InlineData("--confirm is for --gate", "base", "base", "--confirm", "base")]
    [InlineData("not 'rain'", "base", "base", "--gate", "slower,rain")]
    [InlineData("--gate takes two runs", "base", "base", "base", "--gate")]
    [InlineData("needs a factor above 1", "base", "base", "--matters", "1")]
    [InlineData("--cells and --userlands compare within one run", "base", "base", "--cells", "a", "b")]
    [InlineData("neither a run's folder nor a folder that holds runs", "base", "empty")]
    public async Task A_mistake_is_one_line(string message, params string[] arguments)
    {
        _runs.Startup(1, "base");
        Directory.CreateDirectory(Path.Combine(_runs.Root, "empty"));
        var (code, answer, error) = await _runs.CompareAsync([.. arguments.Select(argument => argument == "empty" ? Path.Combine(_runs.Root, "empty") : argument)]);
        Assert.Equal((3, ""), (code, answer));
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    // A run whose one image holds three files, two of them named by its digest alone.
    private RunFolder Files(string name, string sum, string changed)
    {
        var digest = new string(changed[0], 64);
        var run = _runs.Keep(new RunBuilder().Usual()).Build();
        File.WriteAllText(run.TrialsCsv, File.ReadAllText(run.TrialsCsv).Replace(",debian:12,,host", $",debian:12,sha256:{digest},host", StringComparison.Ordinal));
        Directory.CreateDirectory(run.Filesystems);
        File.WriteAllText(
            Path.Combine(run.Filesystems, digest + ".csv"),
            $"path,type,size,mode,sha256,target\n/etc/same,file,3,644,{new string('e', 64)},\n/etc/{name},file,3,644,{new string(sum[0], 64)},\n/etc/changed,file,3,644,{digest},\n");
        return run;
    }

    [GeneratedRegex("<style>.*?</style>", RegexOptions.Singleline)]
    private static partial Regex StylePattern();

    [GeneratedRegex("sha256-[^']*")]
    private static partial Regex SumPattern();
}
