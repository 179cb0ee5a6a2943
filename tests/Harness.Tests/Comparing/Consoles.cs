using Harness.Cli;
using Spectre.Console;

namespace Harness.Tests.Comparing;

/// <summary>Consoles that write as they are told.</summary>
internal static class Consoles
{
    /// <summary>What the program answers to a command line, in this process.</summary>
    public static async Task<(int Code, string Answer, string Error)> HarnessAsync(params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var code = await Entry.RunAsync(arguments, new Terminal(Plain(output), Plain(error)));
        return (code, output.ToString(), error.ToString());
    }

    /// <summary>No colours, no terminal.</summary>
    public static IAnsiConsole Plain(TextWriter writer) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = AnsiSupport.No,
        ColorSystem = ColorSystemSupport.NoColors,
        Interactive = InteractionSupport.No,
        Out = new AnsiConsoleOutput(writer),
    });
}
