using System.Collections.Immutable;
using System.Globalization;
using Harness.Analysis;
using Harness.Analysis.Judging;
using Harness.Cli;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Reporting;
using Harness.Reporting.Model;
using Harness.Runs;
using Harness.Tests.Analysis;
using Spectre.Console;

namespace Harness.Tests.Cli;

/// <summary>How a run ends on a terminal, and what <c>harness show</c> says of it.</summary>
public sealed class VerdictScreenTests : IDisposable
{
    private readonly RunBuilder _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void A_run_ends_on_one_screen_of_eighty_columns()
    {
        var folder = Run();
        using var output = new StringWriter();
        VerdictPrinter.Print(Derivation.Regenerate(folder), folder, Of(output, ColorSystemSupport.NoColors, columns: 80));
        var lines = output.ToString().TrimEnd('\n').Split('\n');
        Assert.InRange(lines.Length, 6, 24);
        // A path is whole, however long it is.
        Assert.All(lines.Where(line => !line.StartsWith("report: ", StringComparison.Ordinal)), line => Assert.InRange(new StringInfo(line.TrimEnd()).LengthInTextElements, 0, 80));
        Golden.Equal("verdict-screen.txt", string.Join('\n', lines.Select(line => line.TrimEnd())).Replace(folder.Root, "<run>", StringComparison.Ordinal) + "\n");
    }

    [Fact]
    public void A_run_of_all_experiments_ends_on_one_screen_too_with_every_claim_its_verdict_and_three_gaps()
    {
        var lines = Whole(columns: 80);
        Assert.InRange(lines.Length, 20, 24);
        Assert.All(lines.Where(line => !line.StartsWith("report: ", StringComparison.Ordinal)), line => Assert.InRange(new StringInfo(line).LengthInTextElements, 0, 80));
        Assert.All(_claims, claim => Assert.Contains(lines, line => line.StartsWith(claim.Claim + " ", StringComparison.Ordinal) && line.Contains(claim.Verdict, StringComparison.Ordinal)));
        // A clause is there as a whole or not at all.
        Assert.DoesNotContain(lines, line => line.EndsWith('…') && !line.StartsWith("- ", StringComparison.Ordinal));
        Assert.Equal(3, lines.Count(line => line.Contains("fix: ", StringComparison.Ordinal)));
        Golden.Equal("verdict-screen-all.txt", string.Join('\n', lines) + "\n");
    }

    [Fact]
    public void What_is_no_terminal_gets_lines_that_are_whole()
    {
        var lines = Whole(columns: null);
        Assert.All(_claims, claim => Assert.Contains(lines, line => line.StartsWith(claim.Claim + " ", StringComparison.Ordinal) && line.EndsWith(claim.Headline, StringComparison.Ordinal)));
        Assert.StartsWith("Measured ", lines[0], StringComparison.Ordinal);
        Assert.EndsWith(".", lines[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Holds under runc (5 userlands); under gVisor another kernel answers", "Holds under runc (5 userlands)")]
    [InlineData("VMs took 9.76–40.6× as long as containers to start (12 comparisons)", "VMs took 9.76–40.6× as long as containers to start")]
    [InlineData("33 calls failed", "33 calls failed")]
    public void A_headline_loses_whole_clauses(string headline, string shorter) => Assert.Equal(shorter, ScreenFit.FirstClause(headline));

    [Theory]
    [InlineData(24)]
    [InlineData(3)]
    public void A_remedy_is_whole_whatever_stands_before_it(int room)
    {
        const string remedy = "add yourself to the group docker with 'sudo usermod -aG docker $USER', log in again, or name another engine with --engine URI";
        using var output = new StringWriter();
        var screen = new Screen(Of(output, ColorSystemSupport.NoColors, columns: 80).Out);
        var (_, gaps) = ScreenFit.Fit(
            screen,
            [new VerdictRow("sample", "kernel-identity", "C1", "", "supported", "real", "Holds under runc; more", "In full.", 1)],
            [("68 trials unavailable: the engine's socket may not be opened by this user, who is in no group that may, as ls -l /var/run/docker.sock shows", remedy), ("9 trials not counted: others had the processors", "run on a quiet host")],
            room);
        Assert.All(gaps, line => Assert.InRange(line.Length, 0, 80));
        Assert.Contains(remedy, string.Join(' ', gaps.Select(line => line.Trim())), StringComparison.Ordinal);
        Assert.Equal(room == 24, string.Join('\n', gaps).Contains("run on a quiet host", StringComparison.Ordinal));
    }

    // What a run without a registry and without KVM says, in the words of the shipped SQL.
    private static readonly ImmutableArray<(string Claim, string Verdict, string Basis, string Headline)> _claims =
    [
        ("C0", "qualified", "real", "Holds for dynamic programs (no loader in 4 of 4); static ones run in an empty image (4 of 4)"),
        ("C1", "qualified", "real", "Holds under runc (5 userlands); under gVisor another kernel answers"),
        ("C2", "supported", "real", "12 userlands have 1 kernel, 7 C libraries and 9 sets of packages; the kernel is the host's"),
        ("C3", "qualified", "real", "8 of 8 userlands of 2021–2025 run on Linux 6.18; under gVisor 3 of 8 fail"),
        ("C4a-necessary", "not tested", "real", "Not measured: no kernel before 4.19 was booted, and the oldest that was is Linux 5.10"),
        ("C4a-sufficient", "inconclusive", "synthetic", "Open: only a stand-in was run; it crashed in 10 of 22 trials on kernels of 4.19 or later"),
        ("C4b", "inconclusive", "synthetic", "Open: only a stand-in was run; it crashed in 10 of 22 trials, always with vsyscall=none"),
        ("C5", "supported", "real", "33 calls newer than the kernel and 97 unassigned numbers failed with ENOSYS and EPERM"),
        ("C7a", "not tested", "real", "Not measured with hardware acceleration; under emulation (TCG) VMs took 9.76–40.6× as long"),
        ("C7b", "not tested", "real", "Not measured with hardware acceleration; under emulation (TCG) VMs took 27.9–38.8× the memory"),
    ];

    private string[] Whole(int? columns)
    {
        var folder = Run();
        var report = Derivation.Regenerate(folder);
        var analysis = new RunAnalysis(
            [.. _claims.Select(claim => new VerdictRow("sample", "kernel-identity", claim.Claim, "", claim.Verdict, claim.Basis, claim.Headline, "In full.", 1))], [], [], [])
        {
            NotCounted = [new NotCounted("sample", "kernel-identity", "C1", "others had the processors or the disk meanwhile", "run on a quiet host", 9, ["docker/runc"], 1), new NotCounted("sample", "kernel-identity", "C7b", "the fleet was ended by its budget", "run on a host with more memory", 8, ["docker/runc"], 1), .. report.NotCounted],
        };
        using var output = new StringWriter();
        VerdictPrinter.Print(new ReportInput(report, analysis), folder, Of(output, ColorSystemSupport.NoColors, columns));
        return [.. output.ToString().TrimEnd('\n').Split('\n').Select(line => line.TrimEnd().Replace(folder.Root, "<run>", StringComparison.Ordinal))];
    }

    [Fact]
    public void Verdicts_have_a_mark_a_word_and_a_colour_where_there_are_colours()
    {
        var folder = Run();
        using var output = new StringWriter();
        VerdictPrinter.Print(Derivation.Regenerate(folder), folder, Of(output, ColorSystemSupport.Standard));
        Assert.Contains("\u001b[", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("≈ qualified", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_claim_that_is_qualified_fails_no_gate_that_asks_for_refuted()
    {
        var report = Derivation.Regenerate(_run.Usual().Build());
        Assert.Equal(Core.ExitCode.Ok, RunExit.Code(report, report.Coverage, ["refuted"], []));
        Assert.Equal(Core.ExitCode.GateFailed, RunExit.Code(report, report.Coverage, ["qualified"], []));
    }

    [Fact]
    public async Task Show_prints_everything_of_a_claim()
    {
        var folder = Run();
        Derivation.Regenerate(folder);
        var (code, output) = await Harness("show", folder.Root, "C1");
        Assert.Equal(0, code);
        foreach (var part in new[]
        {
            "C1: A container runs on the host's kernel", "meant: Containers of an engine's default runtime", "qualified", "runtime=runsc", "boot clock", "threats to validity (kernel-identity):",
            "A sandbox that lies.", $"evidence: {folder.Evidence}/C1.csv", "check:    harness verify", "definitions/kernel-identity/verdict.sql",
        })
        {
            Assert.Contains(part, output, StringComparison.Ordinal);
        }

        using var json = System.Text.Json.JsonDocument.Parse((await Harness("show", folder.Root, "C1", "--json")).Output);
        Assert.Equal("qualified", json.RootElement.GetProperty("claims")[0].GetProperty("verdicts")[0].GetProperty("verdict").GetString());
        Assert.Equal(3, (await Harness("show", folder.Root, "C9")).Code);
    }

    [Theory]
    [InlineData("one two three", 7, 9, "one two|three")]
    [InlineData("one two three", 7, 1, "one …")]
    [InlineData("averyverylongword and more", 8, 9, "averyverylongword|and more")]
    [InlineData("- one two three", 9, 9, "- one two|  three")]
    [InlineData("", 9, 9, "")]
    public void Words_stay_whole(string text, int width, int lines, string wrapped) => Assert.Equal(wrapped, string.Join('|', Screen.Wrap(text, width, lines)));

    private RunFolder Run() => _run.Usual()
        .Unmeasured(Outcome.Unavailable, "crun cannot run containers here: " + new string('x', 200), "crun", block: 1).NotRun("runsc", 3).Container("runc", block: 4).Build();

    private static async Task<(int Code, string Output)> Harness(params string[] arguments)
    {
        using var output = new StringWriter();
        var code = await Entry.RunAsync(arguments, Of(output, ColorSystemSupport.NoColors));
        return (code, output.ToString());
    }

    private static Terminal Of(TextWriter writer, ColorSystemSupport colors, int? columns = null)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = colors == ColorSystemSupport.NoColors ? AnsiSupport.No : AnsiSupport.Yes,
            ColorSystem = colors,
            Interactive = columns is null ? InteractionSupport.No : InteractionSupport.Yes,
            Out = new AnsiConsoleOutput(writer),
        });
        console.Profile.Width = columns ?? 160;
        console.Profile.Capabilities.Unicode = true;
        return new Terminal(console, console);
    }
}
