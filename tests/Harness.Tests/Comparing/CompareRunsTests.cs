using System.Text.RegularExpressions;
using Harness.Cli;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Tests.Analysis;
using Harness.Tests.Syscalls;

namespace Harness.Tests.Comparing;

/// <summary><c>compare BASE NEW</c> over run folders.</summary>
public sealed partial class CompareRunsTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("harness-test-").FullName;
    private readonly List<IDisposable> _runs = [];

    public void Dispose()
    {
        _runs.ForEach(run => run.Dispose());
        Directory.Delete(_root, recursive: true);
    }

    [Theory]
    [InlineData("text", "txt")]
    [InlineData("markdown", "md")]
    [InlineData("csv", "csv")]
    [InlineData("json", "json")]
    [InlineData("html", "html")]
    public async Task A_call_that_is_now_refused_is_told_by_its_cell(string format, string extension)
    {
        Copy(Surface("14"), "base");
        Copy(Surface("1"), "new");
        var (code, answer, _) = await CompareAsync("base", "new", "--format", format);
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

        Copy(Keep(before).Build(), "base");
        Copy(Keep(after).Build(), "new");
        var (code, answer, _) = await CompareAsync("base", "new", "--format", format);
        Assert.Equal(0, code);
        Golden.Equal($"identity.{extension}", answer);
    }

    [Fact]
    public async Task A_file_of_an_image_that_is_gone_is_told_by_its_userland()
    {
        Copy(Files("gone", "a", "b"), "base");
        Copy(Files("added", "a", "c"), "new");
        var (code, answer, _) = await CompareAsync("base", "new", "--format", "csv");
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
        var history = History(6);
        Startup(50, "base");
        Startup(51, "new", runc: 1.3);
        var (code, answer, _) = await CompareAsync("base", "new", "--history", history);
        Assert.Equal(0, code);
        Golden.Equal("startup.txt", answer.Replace(_root, "<root>", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_gate_fails_on_a_slower_cell_and_only_where_a_second_run_shows_it_too()
    {
        var history = History(6);
        Startup(50, "base");
        Startup(51, "new", runc: 1.35);
        Startup(52, "again", runc: 1.35);
        Startup(53, "fine");
        Assert.Equal(1, (await CompareAsync("base", "new", "--history", history, "--gate")).Code);
        Assert.Equal(1, (await CompareAsync("base", "new", "--history", history, "--gate", "slower", "--confirm", "again")).Code);
        var (code, answer, _) = await CompareAsync("base", "new", "--history", history, "--gate", "--confirm", "fine");
        Assert.Equal(0, code);
        Assert.Contains("The gate holds: the second run shows none of what the first one did.", answer, StringComparison.Ordinal);
        Assert.Equal(0, (await CompareAsync("base", "fine", "--history", history, "--gate")).Code);
        // Switched off, and unseen without a history.
        Assert.Equal(0, (await CompareAsync("base", "new", "--history", history, "--gate", "verdict,coverage")).Code);
        (code, answer, _) = await CompareAsync("base", "new", "--gate");
        Assert.Equal(0, code);
        Assert.Contains("The spread between runs is not known", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_is_slower_in_all_its_cells_fails_no_gate_that_is_not_asked_for_it()
    {
        var history = History(6);
        Startup(50, "base");
        Startup(51, "new", all: 1.4);
        var (code, answer, _) = await CompareAsync("base", "new", "--history", history, "--gate");
        Assert.Equal(0, code);
        Assert.Contains("cells the median is 1.", answer, StringComparison.Ordinal);
        Assert.Equal(1, (await CompareAsync("base", "new", "--history", history, "--gate", "shift")).Code);
    }

    [Fact]
    public async Task A_gate_fails_where_a_verdict_worsens_or_a_cell_is_no_longer_measured()
    {
        var (before, after) = (new RunBuilder().Usual(), new RunBuilder().Usual().Container("crun", readings: KernelReadings.Gvisor));
        var lost = new RunBuilder().HostCell(1).HostCell(2).Container("runc", 1).Container("runc", 2).Unmeasured(Outcome.Unavailable, "no image of debian:12; there is none", "runsc");
        Copy(Keep(before).Build(), "base");
        Copy(Keep(after).Build(), "new");
        Copy(Keep(lost).Build(), "lost");
        var (code, answer, _) = await CompareAsync("base", "new", "--gate", "verdict");
        Assert.Equal(1, code);
        Assert.Contains("qualified → refuted", answer, StringComparison.Ordinal);
        (code, answer, _) = await CompareAsync("base", "lost", "--gate", "coverage");
        Assert.Equal(1, code);
        Assert.Contains("is not measured any more: unavailable: no image of debian:12; there is none", answer, StringComparison.Ordinal);
        Assert.Equal(0, (await CompareAsync("base", "lost", "--gate", "slower")).Code);
        Assert.Equal(0, (await CompareAsync("base", "base", "--gate")).Code);
    }

    [Fact]
    public async Task Nothing_in_common_is_nothing_compared()
    {
        Copy(Surface("1"), "surface");
        Startup(1, "startup");
        Assert.Equal(5, (await CompareAsync("startup", "surface", "--across")).Code);
        Assert.Equal(5, (await CompareAsync("startup", "surface", "--across", "--gate")).Code);
    }

    [Fact]
    public async Task Unlike_conditions_are_named_and_refused_unless_the_user_says_otherwise()
    {
        Startup(1, "base");
        Startup(1, "new", where: usual => usual with { Kernel = usual.Kernel with { Release = "6.12.1" }, Engine = usual.Engine! with { Version = "28.5.1" } });
        var (code, answer, error) = await CompareAsync("base", "new");
        Assert.Equal((3, ""), (code, answer));
        Assert.Contains("compare them nonetheless with --across", error, StringComparison.Ordinal);
        Assert.Contains("kernel: 6.1.0-18-amd64 → 6.12.1", error, StringComparison.Ordinal);
        Assert.Contains("engine: docker 20.10.24, API 1.41 → docker 28.5.1, API 1.41", error, StringComparison.Ordinal);
        (code, answer, _) = await CompareAsync("base", "new", "--across");
        Assert.Equal(0, code);
        Assert.True(answer.IndexOf("6.12.1", StringComparison.Ordinal) < answer.IndexOf("TIMES", StringComparison.Ordinal), answer);
    }

    [Fact]
    public async Task Another_host_of_the_kind_is_refused_until_the_history_says_how_such_hosts_differ()
    {
        Startup(1, "base");
        Startup(2, "new", where: usual => usual with { HostId = "ba9876543210" });
        var (code, _, error) = await CompareAsync("base", "new");
        Assert.Equal(3, code);
        Assert.Contains("host: 0123456789ab → ba9876543210", error, StringComparison.Ordinal);
        var folder = Directory.CreateDirectory(Path.Combine(_root, "mixed")).FullName;
        for (var i = 0; i < 6; i++)
        {
            var host = i % 2 == 0 ? "0123456789ab" : "ba9876543210";
            Startup((ulong)i, $"h{i}", folder, where: usual => usual with { HostId = host });
        }

        Assert.Equal(0, (await CompareAsync("base", "new", "--history", folder)).Code);
    }

    [Fact]
    public async Task A_history_of_another_kind_teaches_nothing_and_is_named()
    {
        var history = History(6, usual => usual with { Hardware = usual.Hardware with { CpuModel = "Another Processor" } });
        Startup(50, "base");
        Startup(51, "new");
        var (code, answer, _) = await CompareAsync("base", "new", "--history", history);
        Assert.Equal(0, code);
        Assert.Contains("The spread between runs is not known", answer, StringComparison.Ordinal);
        Assert.Contains("h0: was run under other conditions than base", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_of_runs_is_one_side()
    {
        var before = History(6);
        Startup(60, "new", runc: 1.5);
        var (code, answer, _) = await CompareAsync(before, "new");
        Assert.Equal(0, code);
        Assert.Contains("The spread between runs is learnt from 6 runs on 1 host.", answer, StringComparison.Ordinal);
        Assert.Contains("(60 in 6 runs)", answer, StringComparison.Ordinal);
        Assert.Contains("slower", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_in_a_folder_of_runs_is_refused()
    {
        var folder = History(2);
        Startup(3, "elsewhere");
        Directory.CreateSymbolicLink(Path.Combine(folder, "linked"), Path.Combine(_root, "elsewhere"));
        var (code, answer, error) = await CompareAsync(folder, "elsewhere");
        Assert.Equal((3, ""), (code, answer));
        Assert.Contains("linked: is a link", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_goes_to_a_file_where_one_is_named()
    {
        Startup(1, "base");
        var file = Path.Combine(_root, "answer.csv");
        var (code, answer, _) = await CompareAsync("base", "base", "--format", "csv", "--out", file);
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
        Startup(1, "base");
        Directory.CreateDirectory(Path.Combine(_root, "empty"));
        var (code, answer, error) = await CompareAsync([.. arguments.Select(argument => argument == "empty" ? Path.Combine(_root, "empty") : argument)]);
        Assert.Equal((3, ""), (code, answer));
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    private async Task<(int Code, string Answer, string Error)> CompareAsync(params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var code = await Entry.RunAsync(["compare", .. arguments, "--runs", _root], new Terminal(Consoles.Plain(output), Consoles.Plain(error)));
        return (code, output.ToString(), error.ToString());
    }

    // A run whose one image holds three files, two of them named by its digest alone.
    private RunFolder Files(string name, string sum, string changed)
    {
        var digest = new string(changed[0], 64);
        var run = Keep(new RunBuilder().Usual()).Build();
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

    private RunFolder Surface(string errno) => Keep(new SurfaceRun()
        .Sweep(SurfaceRun.Container(), "6.1.0", ["0 read - 9", $"2 open - {errno}", "101 ptrace - 1", "335 uretprobe 6.11 38"])
        .Sweep(SurfaceRun.Container("seccomp=unconfined"), "6.1.0", ["0 read - 9", "2 open - 14", "101 ptrace - 3", "335 uretprobe 6.11 38"])).Build();

    private string History(int runs, Func<HostEnvironment, HostEnvironment>? where = null)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_root, "history")).FullName;
        for (var i = 0; i < runs; i++)
        {
            Startup((ulong)i, $"h{i}", folder, where: where);
        }

        return folder;
    }

    private void Startup(ulong seed, string name, string? root = null, double runc = 1, double all = 1, Func<HostEnvironment, HostEnvironment>? where = null)
    {
        var run = Keep(new StartupRun(seed) { Root = root ?? _root, Name = name, Where = where ?? (usual => usual) });
        for (var block = 1; block <= 10; block++)
        {
            run.Trial(StartupRun.Process, block, run.Draw(1.5 * all, 0.05))
                .Trial(Cell.Parse("busybox:static|host|/namespaces||"), block, run.Draw(4 * all, 0.05))
                .Trial(Cell.Parse("busybox:static|host|/runc||"), block, run.Draw(38 * all * runc, 0.05));
        }

        run.Build();
    }

    private T Keep<T>(T run)
        where T : IDisposable
    {
        _runs.Add(run);
        return run;
    }

    private void Copy(RunFolder run, string name)
    {
        foreach (var file in Directory.EnumerateFiles(run.Root, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(_root, name, Path.GetRelativePath(run.Root, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }
}
