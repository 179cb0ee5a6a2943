using System.CommandLine;
using System.Diagnostics;
using Harness.Cli;
using Harness.Commands;
using Harness.Core;
using Harness.Core.Journaling;
using Harness.Core.Planning;
using Harness.Reporting;
using Harness.Reporting.Model;
using Harness.Tests.Analysis;
using Spectre.Console.Testing;

namespace Harness.Tests.Reporting;

/// <summary>The commands that a report prints do what it says of them.</summary>
public sealed class ReproductionTests : IDisposable
{
    private readonly RunBuilder _run = new();

    public void Dispose() => _run.Dispose();

    [Theory]
    [InlineData("run", "kernel-identity", "--quick", "--filter", "*|host|*/run*||*", "--filter", "host|*", "--repeat", "2", "--seed", "5", "--run-id", "mine", "--out", "/somewhere")]
    [InlineData("run", "legacy-userland", "kernel-identity", "--kernel", "debian-bookworm", "--userland", "busybox:static", "--timeout=30s", "--accelerator", "tcg")]
    [InlineData("all", "--runtime", "runc", "--image", "it's/a \"b\" $c:1", "--quick")]
    [InlineData("all", "--parallel", "3", "--no-color", "--provision", "--fail-on", "refuted")]
    public async Task The_printed_command_plans_the_same_trials_in_the_same_order(params string[] arguments)
    {
        arguments = [.. arguments.Select(word => word.Replace(" \"b\" ", "b", StringComparison.Ordinal))];
        var first = Plan(arguments);
        var facts = Facts(first.Selection, first.Words);

        var printed = await WordsAsync(Reproduction.Command(facts));

        Assert.Equal("harness", printed[0]);
        var again = Plan([.. printed.Skip(1)]);
        Assert.Equal(first.Plan.Seed, again.Plan.Seed);
        Assert.Equal(first.Plan.Trials.Select(trial => trial.Id("x")), again.Plan.Trials.Select(trial => trial.Id("x")));
        Assert.DoesNotContain("--run-id", printed);
        Assert.Equal("sample", printed[printed.IndexOf("--lock") + 1]);
    }

    [Theory]
    [InlineData("plain-word_1.2/3:4=5@6%7+8,9")]
    [InlineData("")]
    [InlineData("it's $HOME `id` \"x\" * ~ # !")]
    [InlineData("two\nlines\tand \\ an escape \u001b[31m ' \u202e")]
    public async Task Any_word_comes_back_from_the_shell(string word) => Assert.Equal(["harness", word], await WordsAsync($"harness {Reproduction.Quoted(word)}"));

    [Fact]
    public void A_command_line_that_holds_a_fence_stays_within_its_own()
    {
        var folder = _run.Usual().Build();
        (PlanFile.Read(folder) with { Arguments = ["run", "kernel-identity", "--filter", "```\n# A heading"] }).Write(folder);
        Harness.Analysis.Checking.RunChecksums.Seal(folder);
        Derivation.Regenerate(folder);
        Assert.Contains("\n````sh\nharness run kernel-identity --filter $'```\\U0000000a# A heading' --seed 42", File.ReadAllText(folder.ReportMd), StringComparison.Ordinal);
    }

    [Fact]
    public void Catalogues_are_those_that_the_run_kept()
    {
        var folder = _run.Usual().Build();
        File.WriteAllText(Path.Combine(folder.Definitions, "catalog-1.yaml"), "schema: 1\nuserlands:\n  - {id: own:1, images: [own:1]}\n");
        (PlanFile.Read(folder) with { Arguments = ["run", "kernel-identity", "--catalog", "/home/me/own.yaml"] }).Write(folder);
        Assert.Contains(" --catalog results/sample/definitions/catalog-1.yaml --lock sample", Reproduction.Command(RunFacts.Read(folder)), StringComparison.Ordinal);
        Assert.DoesNotContain("/home/me", Reproduction.Command(RunFacts.Read(folder)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_printed_recipe_gives_the_verdicts_of_a_run_of_all_experiments()
    {
        var folder = _run.Usual().Build();
        var all = Core.Definitions.ExperimentsFolder.Read(Path.Combine(RunBuilder.Repository, "experiments"));
        DefinitionsCopy.Write(all, all.Experiments, [], folder);
        (PlanFile.Read(folder) with { Experiments = [.. all.Experiments.Select(experiment => experiment.Id)] }).Write(folder);
        Harness.Analysis.Checking.RunChecksums.Seal(folder);
        Assert.Empty(Derivation.Regenerate(folder).Failures);
        // In place of DuckDB's shell: what it would be given is kept, and run by the library.
        var tools = Directory.CreateDirectory(Path.Combine(folder.Root, "..", "tools")).FullName;
        File.WriteAllText(Path.Combine(tools, "duckdb"), "#!/bin/sh\nexec cat\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Path.Combine(tools, "duckdb"), (UnixFileMode)0b111_101_101);
        var lines = File.ReadAllLines(folder.ReportMd).Where(line => line.EndsWith("| duckdb", StringComparison.Ordinal)).ToList();
        Assert.Equal(all.Experiments.Length, lines.Count);

        var rows = new List<string>();
        foreach (var line in lines)
        {
            var start = new ProcessStartInfo("sh", ["-c", line]) { RedirectStandardOutput = true, WorkingDirectory = folder.Root };
            start.Environment["PATH"] = $"{tools}:{start.Environment["PATH"]}";
            using var shell = Process.Start(start)!;
            rows.AddRange(Rows(await shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), folder.Root));
        }

        using var written = CsvHelper.CsvReader.FromFile(folder.VerdictsCsv, Csv.ReaderOptions);
        var expected = new List<string>();
        while (written.Read())
            expected.Add(string.Join('|', new[] { "claim", "scope", "verdict", "basis", "summary", "trials" }.Select(column => written.GetString(column))));
        Assert.Equal(expected.Order(StringComparer.Ordinal), rows.Order(StringComparer.Ordinal));
    }

    private static List<string> Rows(string sql, string folder)
    {
        using var connection = new DuckDB.NET.Data.DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The recipe's SQL is what is to be run.
        command.CommandText = $"SET VARIABLE run_folder = '{folder}';\n{sql[..sql.LastIndexOf("FROM verdict;", StringComparison.Ordinal)]}";
#pragma warning restore CA2100
        command.ExecuteNonQuery();
        command.CommandText = "SELECT CAST(COLUMNS(*) AS VARCHAR) FROM (SELECT claim, scope, verdict, basis, summary, trials FROM verdict)";
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(reader.GetString)));
        return rows;
    }

    [Theory]
    [InlineData(null, "run startup --quick --parallel 2", "run startup --quick --resume --run-id r")]
    [InlineData(null, "run startup --filter a --filter b", "run startup --filter b --resume --filter a")]
    [InlineData("began with '--quick'", "all --quick", "all --resume")]
    [InlineData("began as 'run startup' and not 'run footprint'", "run startup", "run footprint --resume")]
    [InlineData("began with '--seed 1', began without '--seed 2'", "all --seed 1", "all --resume --seed 2")]
    public void A_command_that_resumes_is_compared_by_what_it_chooses(string? difference, string began, string now) =>
        Assert.Equal(difference, RunArguments.Parse(now.Split(' ')).DifferenceFrom(RunArguments.Parse(began.Split(' '))));

    [Fact]
    public void Every_option_that_chooses_a_plan_is_compared()
    {
        using var console = new TestConsole();
        var plan = PlanCommand.Create(new Options(), new Terminal(console, console));
        // Engines are compared by their names (EnginesOf): one may listen elsewhere by now. The others say how it is run, and not what.
        string[] how = ["--json", "--shards", "--engine", "--out", "--run-id", "--resume", "--parallel", "--mirror", "--pull", "--keep-images", "--wave", "--provision", "--trust-definitions", "--fail-on", "--require", "--min-coverage", "--dry-run"];
        Assert.All(plan.Options.Select(option => option.Name).Except(how), name =>
            Assert.NotNull(RunArguments.Parse(name is "--quick" ? ["all", name] : ["all", name, "x"]).DifferenceFrom(RunArguments.Parse(["all"]))));
        Assert.Throws<HarnessException>(() => RunArguments.Parse(["all", "--engine", "far=x"]).EnginesOf(RunArguments.Parse(["all", "--engine", "near=x"])));
    }

    [Fact]
    public void A_bare_run_resumes_whatever_there_is()
    {
        Assert.True(RunArguments.Parse(["run", "--resume", "--parallel", "2"]).ChoosesNothing);
        Assert.False(RunArguments.Parse(["all", "--resume"]).ChoosesNothing);
        Assert.False(RunArguments.Parse(["run", "--resume", "--lock", "other"]).ChoosesNothing);
    }

    private RunFacts Facts(Selection selection, string[] words)
    {
        var folder = _run.HostCell().Build();
        DefinitionsCopy.Write(selection.Folder, selection.Experiments, selection.CatalogueFiles, folder);
        var plan = selection.Plan();
        (PlanFile.Read(folder) with
        {
            Arguments = [.. words],
            Seed = plan.Seed,
            Experiments = [.. selection.Experiments.Select(experiment => experiment.Id)],
            Trials = PlanFile.Rows(plan, RunBuilder.FirstHost),
        }).Write(folder);
        return RunFacts.Read(folder);
    }

    private static (Selection Selection, Plan Plan, string[] Words) Plan(string[] arguments)
    {
        var options = new Options();
        var terminal = new Terminal(new TestConsole(), new TestConsole());
        var root = new RootCommand { options.NoColor, RunCommand.CreateRun(options, terminal), RunCommand.CreateAll(options, terminal) };
        var parsed = root.Parse(arguments);
        Assert.Empty(parsed.Errors);
        string[] words = [.. parsed.Tokens.Select(token => token.Value)];
        var selection = Selection.Read(Locations.Find(null), parsed, options, RunArguments.Parse(words).Experiments);
        return (selection, selection.Plan(), words);
    }

    private static async Task<List<string>> WordsAsync(string line)
    {
        using var shell = Process.Start(new ProcessStartInfo("bash", ["-c", $"harness() {{ printf '%s\\0' harness \"$@\"; }}\n{line}"]) { RedirectStandardOutput = true })!;
        var output = await shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        return [.. output.Split('\0')[..^1]];
    }
}
