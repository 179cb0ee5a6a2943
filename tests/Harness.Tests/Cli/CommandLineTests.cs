using Harness.Cli;
using Spectre.Console;

namespace Harness.Tests.Cli;

/// <summary>What the command line answers, against golden files. HARNESS_UPDATE_GOLDEN=1 writes them anew.</summary>
public sealed class CommandLineTests
{
    private static readonly string _golden = Path.Combine(
        Core.Definitions.ExperimentsFolder.FindRepository(AppContext.BaseDirectory)!, "tests", "Harness.Tests", "Cli", "Golden");

    [Theory]
    [InlineData("help", 0, "--help")]
    [InlineData("help-run", 0, "run", "--help")]
    [InlineData("help-all", 0, "all", "--help")]
    [InlineData("help-plan", 0, "plan", "--help")]
    [InlineData("help-list", 0, "list", "--help")]
    [InlineData("help-show", 0, "show", "--help")]
    [InlineData("help-report", 0, "report", "--help")]
    [InlineData("help-compare", 0, "compare", "--help")]
    [InlineData("help-site", 0, "site", "--help")]
    [InlineData("help-export", 0, "export", "--help")]
    [InlineData("help-verify", 0, "verify", "--help")]
    [InlineData("help-clean", 0, "clean", "--help")]
    [InlineData("plan", 0, "plan", "kernel-identity", "--seed", "1")]
    [InlineData("plan-json", 0, "plan", "kernel-identity", "--seed", "1", "--quick", "--json")]
    [InlineData("plan-unconfined", 0, "plan", "startup", "--seed", "1", "--quick", "--image", "evil/image:1", "--runtime", "namespaces", "--runtime", "/runc", "--runtime", "runc", "--kernel", "host")]
    [InlineData("error-command", 3, "frobnicate")]
    [InlineData("error-option", 3, "plan", "--frobnicate")]
    [InlineData("error-repeat", 3, "plan", "kernel-identity", "--repeat", "0")]
    [InlineData("error-timeout", 3, "run", "kernel-identity", "--timeout", "soon")]
    [InlineData("error-pull", 3, "run", "kernel-identity", "--pull", "perhaps")]
    [InlineData("error-experiment", 3, "plan", "no-such-experiment")]
    [InlineData("error-runtime", 3, "plan", "kernel-identity", "--runtime", "warp")]
    [InlineData("error-kernel", 3, "plan", "kernel-identity", "--kernel", "warp")]
    [InlineData("error-filter", 3, "plan", "kernel-identity", "--filter", "nothing")]
    [InlineData("error-image", 3, "plan", "kernel-identity", "--image", "a|b")]
    [InlineData("error-none", 3, "run")]
    [InlineData("error-run-id", 3, "run", "kernel-identity", "--run-id", "../up")]
    [InlineData("error-mirror", 3, "run", "kernel-identity", "--mirror", "debian")]
    [InlineData("error-fail-on", 3, "run", "kernel-identity", "--fail-on", "rain")]
    [InlineData("error-resume", 3, "run", "--resume", "--run-id", "no-such-run")]
    [InlineData("error-verify", 3, "verify", "no-such-run")]
    [InlineData("error-export", 3, "export", "no-such-run", "--to", "zip", "--out", "x.zip")]
    [InlineData("error-export-to", 3, "export", "--to", "pdf", "--out", "x")]
    [InlineData("error-export-gate", 3, "export", "--to", "zip", "--out", "x.zip", "--gate", "gate.json")]
    public async Task The_command_line_answers_as_approved(string name, int exitCode, params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var code = await Entry.RunAsync(arguments, new Terminal(Plain(output), Plain(error)));
        Compare(name, $"$ harness {string.Join(' ', arguments)}\n{Clean(output)}{(error.ToString().Length > 0 ? $"--- stderr\n{Clean(error)}" : "")}--- exit {code}\n");
        Assert.Equal(exitCode, code);
    }

    [Theory]
    [InlineData("plan")]
    [InlineData("run", "--dry-run")]
    public async Task A_part_that_has_nothing_to_run_is_no_mistake(params string[] command)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await Entry.RunAsync([.. command, "kernel-identity", "--userland", "busybox:static", "--seed", "7", "--shard", "2/3"], new Terminal(Plain(output), Plain(error)));
        Assert.Equal(Core.ExitCode.NothingToRun, code);
        Assert.StartsWith("--shard 2/3 has nothing to run", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plan_takes_every_option_of_a_run()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await Entry.RunAsync(
            ["plan", "kernel-identity", "--quick", "--seed", "7", "--shards", "2", "--json", "--lock", "no-such-file", "--provision", "--timeout", "5s", "--min-coverage", "50", "--mirror", "debian=http://localhost/debian", "--require", "*", "--out", "no-such-folder"],
            new Terminal(Plain(output), Plain(error)));
        Assert.True(code == 0, error.ToString());
        Assert.StartsWith("{\"include\":", output.ToString(), StringComparison.Ordinal);
        var run = CommandLine.Create(new Terminal(Plain(output), Plain(error))).Subcommands;
        Assert.Empty(run.Single(one => one.Name == "run").Options.Select(option => option.Name).Except(run.Single(one => one.Name == "plan").Options.Select(option => option.Name)));
    }

    [Fact]
    public async Task A_mistake_leaves_nothing_on_stdout_and_one_line_on_stderr()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        await Entry.RunAsync(["plan", "no-such-experiment"], new Terminal(Plain(output), Plain(error)));
        Assert.Empty(output.ToString());
        Assert.Single(error.ToString().TrimEnd().Split('\n'));
    }

    private static IAnsiConsole Plain(TextWriter writer)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
        });
        console.Profile.Width = 120;
        return console;
    }

    // The test host's name and the repository's folder are the machine's, not the program's.
    private static string Clean(StringWriter text) => text.ToString()
        .Replace("\r\n", "\n", StringComparison.Ordinal)
        .Replace(System.Reflection.Assembly.GetEntryAssembly()!.GetName().Name!, "harness", StringComparison.Ordinal)
        .Replace(Core.Definitions.ExperimentsFolder.FindRepository(AppContext.BaseDirectory)!, "<repository>", StringComparison.Ordinal);

    private static void Compare(string name, string actual)
    {
        var path = Path.Combine(_golden, name + ".txt");
        actual = string.Join('\n', actual.Split('\n').Select(line => line.TrimEnd()));
        if (Environment.GetEnvironmentVariable("HARNESS_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(path, actual);
        }

        Assert.True(File.Exists(path), $"{path} is missing; HARNESS_UPDATE_GOLDEN=1 writes it");
        Assert.Equal(File.ReadAllText(path), actual);
    }
}
