using System.CommandLine;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using CsvHelper;
using Harness.Analysis;
using Harness.Cli;
using Harness.Core;
using Harness.Reporting;

namespace Harness.Commands;

/// <summary><c>compare --cells A B</c>, <c>compare --userlands A B</c>: what two cells or userlands of a run read differently.</summary>
public static class CompareCommand
{
    internal static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The command.</summary>
    public static Command Create(Options options, Terminal terminal)
    {
        var run = new Argument<string?>("run") { Description = "The run's id or folder (default: the newest).", Arity = ArgumentArity.ZeroOrOne };
        var cells = new Option<string[]>("--cells")
        {
            HelpName = "A B",
            Description = "Two cells, by name or by a glob that matches only one, for example '*/runc||' '*/runsc||'.",
            Arity = new ArgumentArity(2, 2),
            AllowMultipleArgumentsPerToken = true,
        };
        var userlands = new Option<string[]>("--userlands")
        {
            HelpName = "A B",
            Description = "Two userlands by id: compares all readings of probing experiments under the same kernel and runtime.",
            Arity = new ArgumentArity(2, 2),
            AllowMultipleArgumentsPerToken = true,
        };
        var format = new Option<string>("--format") { HelpName = "markdown|csv|json", Description = "How to answer.", DefaultValueFactory = _ => "markdown" }
            .AcceptOnlyFromAmong("markdown", "csv", "json");
        var command = new Command("compare", "Show how the readings of two cells or two userlands of a run differ. Needs no engine.") { run, cells, userlands, format, options.Out };
        command.Validators.Add(result =>
        {
            if (result.GetResult(cells) is null == result.GetResult(userlands) is null)
                result.AddError("give either --cells or --userlands, each with two names");
        });
        command.SetAction(result =>
        {
            var folder = Locations.Find(result.GetValue(options.Out)).Runs.Find(result.GetValue(run));
            if (result.GetValue(userlands) is { Length: 2 } ids)
            {
                terminal.Answer(UserlandAnswer.Write(UserlandComparison.Of(folder, ids[0], ids[1]), result.GetValue(format)!));
                return ExitCode.Ok;
            }

            var pair = result.GetValue(cells)!;
            var comparison = CellComparison.Of(folder, pair[0], pair[1]);
            terminal.Answer(result.GetValue(format) switch
            {
                "csv" => Csv(comparison),
                "json" => JsonSerializer.Serialize(comparison, Json),
                _ => Markdown(comparison),
            });
            return ExitCode.Ok;
        });
        return command;
    }

    private static string Markdown(CellComparison comparison) => string.Join('\n',
    [
        $"{comparison.Rows.Length.ToString(CultureInfo.InvariantCulture)} of {comparison.Compared.ToString(CultureInfo.InvariantCulture)} differ.",
        "",
        $"| number | name | {MarkdownText.Plain(comparison.First)} | {MarkdownText.Plain(comparison.Second)} |",
        "|---|---|---|---|",
        .. comparison.Rows.Select(row => $"| {MarkdownText.Plain(row.Subject)} | {MarkdownText.Plain(row.Name)} | {MarkdownText.Plain(row.First)} | {MarkdownText.Plain(row.Second)} |"),
    ]);

    private static string Csv(CellComparison comparison)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        using (var writer = CsvWriter.Create(text, Core.Journaling.Csv.WriterOptions))
        {
            writer.WriteHeader(["subject", "name", comparison.First, comparison.Second]);
            foreach (var row in comparison.Rows)
            {
                foreach (var field in new[] { row.Subject, row.Name, row.First, row.Second })
                    writer.WriteField(field);
                writer.EndRecord();
            }
        }

        return text.ToString().TrimEnd('\n');
    }
}
