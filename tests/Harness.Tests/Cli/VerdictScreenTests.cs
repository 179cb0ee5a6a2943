using System.Globalization;
using Harness.Cli;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Reporting;
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
        VerdictPrinter.Print(Derivation.Regenerate(folder), folder, Of(output, ColorSystemSupport.NoColors));
        var lines = output.ToString().TrimEnd('\n').Split('\n');
        Assert.InRange(lines.Length, 6, 24);
        // A path is whole, however long it is.
        Assert.All(lines.Where(line => !line.StartsWith("report: ", StringComparison.Ordinal)), line => Assert.InRange(new StringInfo(line.TrimEnd()).LengthInTextElements, 0, 80));
        Golden.Equal("verdict-screen.txt", string.Join('\n', lines.Select(line => line.TrimEnd())).Replace(folder.Root, "<run>", StringComparison.Ordinal) + "\n");
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

    private static Terminal Of(TextWriter writer, ColorSystemSupport colors)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = colors == ColorSystemSupport.NoColors ? AnsiSupport.No : AnsiSupport.Yes,
            ColorSystem = colors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
        });
        console.Profile.Width = 160;
        console.Profile.Capabilities.Unicode = true;
        return new Terminal(console, console);
    }
}
