using System.CommandLine;
using System.CommandLine.Parsing;
using Harness.Cli;
using Harness.Commands;

namespace Harness;

/// <summary>The whole command line.</summary>
public static class CommandLine
{
    /// <summary>All commands; each writes to <paramref name="terminal"/>.</summary>
    public static RootCommand Create(Terminal terminal)
    {
        var options = new Options();
        return new RootCommand("Harness turns what people believe about containers into experiments: it runs them, keeps every reading, and judges each claim.")
        {
            options.NoColor,
            RunCommand.CreateAll(options, terminal),
            RunCommand.CreateRun(options, terminal),
            ListCommand.Create(options, terminal),
            PlanCommand.Create(options, terminal),
            DoctorCommand.Create(options, terminal),
            ImagesCommand.Create(options, terminal),
            ShowCommand.Create(options, terminal),
            FolderCommands.CreateReport(options, terminal),
            MergeCommand.Create(options, terminal),
            CompareCommand.Create(terminal),
            SiteCommand.Create(terminal),
            ExportCommand.Create(terminal),
            FolderCommands.CreateVerify(options, terminal),
            FolderCommands.CreateClean(options, terminal),
        };
    }

    /// <summary>The words that lead to a command, as <c>harness run</c>.</summary>
    public static IEnumerable<string> Path(CommandResult result)
    {
        var words = new Stack<string>();
        for (SymbolResult? symbol = result; symbol is CommandResult command; symbol = symbol.Parent)
        {
            words.Push(command.Parent is null ? "harness" : command.Command.Name);
        }

        return words;
    }
}
