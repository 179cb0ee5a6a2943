using Spectre.Console;

namespace Harness.Tests.Comparing;

/// <summary>Consoles that write as they are told.</summary>
internal static class Consoles
{
    /// <summary>No colours, no terminal.</summary>
    public static IAnsiConsole Plain(TextWriter writer) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = AnsiSupport.No,
        ColorSystem = ColorSystemSupport.NoColors,
        Interactive = InteractionSupport.No,
        Out = new AnsiConsoleOutput(writer),
    });
}
