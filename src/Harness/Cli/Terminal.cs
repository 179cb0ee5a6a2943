using Harness.Core.Running;
using Harness.Host.Facts;
using Spectre.Console;

namespace Harness.Cli;

/// <summary>Where the program writes: the answer to <see cref="Out"/> (stdout), progress and messages to <see cref="Error"/> (stderr).</summary>
/// <param name="Out">The answer.</param>
/// <param name="Error">Progress and messages.</param>
public sealed record Terminal(IAnsiConsole Out, IAnsiConsole Error)
{
    /// <summary>The answer.</summary>
    public IAnsiConsole Out { get; } = Guarded(Out);

    /// <summary>Progress and messages.</summary>
    public IAnsiConsole Error { get; } = Guarded(Error);

    /// <summary>The process's own streams; colours only on a terminal and only where wanted.</summary>
    public static Terminal OfProcess(bool color)
    {
        var colors = color && Environment.GetEnvironmentVariable("NO_COLOR") is null or "";
        return new Terminal(Create(Console.Out, colors && !Console.IsOutputRedirected, Console.IsOutputRedirected), Create(Console.Error, colors && !Console.IsErrorRedirected, Console.IsErrorRedirected));
    }

    /// <summary>A text of the answer: no markup, no wrapping. What of it a terminal would obey is spelled out, as in all that follows.</summary>
    public void Answer(string line) => WriteRaw(Out, line);

    /// <summary>A line for the reader beside the answer.</summary>
    public void Message(string line) => WriteRaw(Error, line);

    /// <summary>An error, one line.</summary>
    public void Fail(string line) => WriteRaw(Error, $"harness: {line}");

    // Writer directly: Spectre wraps at the width of the terminal, which would break lines that programs read.
    private static void WriteRaw(IAnsiConsole console, string line)
    {
        console.Profile.Out.Writer.Write(ShownText.Of(Redaction.Address(line)) + "\n");
        console.Profile.Out.Writer.Flush();
    }

    private static IAnsiConsole Guarded(IAnsiConsole console)
    {
        console.Pipeline.Attach(new ShownTextHook());
        return console;
    }

    private static IAnsiConsole Create(TextWriter writer, bool color, bool redirected)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = color ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = color ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = redirected ? InteractionSupport.No : InteractionSupport.Detect,
            Out = new AnsiConsoleOutput(writer),
        });
        if (redirected)
        {
            // A fixed width: what is written to a file must not follow the terminal it was started from.
            console.Profile.Width = 160;
        }

        return console;
    }
}
