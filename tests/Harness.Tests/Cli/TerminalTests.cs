using System.Text.Json;
using Harness.Cli;
using Harness.Core.Running;
using Harness.Host.Facts;
using Spectre.Console;

namespace Harness.Tests.Cli;

/// <summary>What comes from outside is shown on a terminal and never sent to it.</summary>
public sealed class TerminalTests
{
    private const string Hostile = "\u001b]0;title\u0007\u001b[2J\u009b31m\u202eevil\u200b\r\u007f";
    private const string Shown = "\\x1b]0;title\\x07\\x1b[2J\\u009b31m\\u202eevil\\u200b\\x0d\\u007f";

    private static readonly JsonSerializerOptions _relaxed = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Theory]
    [InlineData("plain – ü 日本 🎉 [red]x[/]", "plain – ü 日本 🎉 [red]x[/]")]
    [InlineData("one\r\ntwo\tthree\n", "one\ntwo\tthree\n")]
    [InlineData("over\rwritten", "over\\x0dwritten")]
    [InlineData("\U000e0041", "\\udb40\\udc41")]
    [InlineData("", "")]
    public void Text_stays_what_it_is_and_what_a_terminal_would_obey_is_spelled_out(string text, string shown) => Assert.Equal(shown, ShownText.Of(text));

    [Fact]
    public void Half_a_pair_is_spelled_out() => Assert.Equal("half \\ud83c", ShownText.Of("half \ud83c"));

    [Fact]
    public void One_line_cannot_pass_for_two() => Assert.Equal("C1 supported\\nC2 refuted", ShownText.OneLine("C1 supported\nC2 refuted"));

    [Fact]
    public void Every_way_to_the_terminal_shows_and_never_sends()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var terminal = new Terminal(Console(output, color: true), Console(error, color: true));
        terminal.Answer(Hostile);
        terminal.Message(Hostile);
        terminal.Fail(Hostile);
        terminal.Out.Write(new Table().AddColumns("name").AddRow(Markup.Escape(Hostile.Replace("\r", "", StringComparison.Ordinal))));
        terminal.Error.MarkupLineInterpolated($"{Hostile}");

        Assert.Equal(1, Count(output.ToString(), Shown));
        Assert.Equal(1, Count(output.ToString(), Shown.Replace("\\x0d", "", StringComparison.Ordinal)));
        Assert.Equal(2, Count(error.ToString(), Shown));
        Assert.Contains(Shown[..Shown.IndexOf("\\x0d", StringComparison.Ordinal)], error.ToString().Split("harness: ")[1], StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b]0", output.ToString() + error, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b[2J", output.ToString() + error, StringComparison.Ordinal);
        Assert.DoesNotContain('\u202e', output.ToString() + error);
    }

    [Fact]
    public void The_program_s_own_colours_still_work()
    {
        using var output = new StringWriter();
        var terminal = new Terminal(Console(output, color: true), Console(output, color: true));
        terminal.Out.MarkupLine("[red]x[/]");

        Assert.Contains("\u001b[", output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("\\x1b", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_answer_in_JSON_stays_JSON()
    {
        using var output = new StringWriter();
        new Terminal(Console(output, color: false), Console(output, color: false)).Answer(JsonSerializer.Serialize(new { Text = Hostile }, _relaxed));

        Assert.Equal(Hostile, JsonDocument.Parse(output.ToString()).RootElement.GetProperty("Text").GetString());
        Assert.DoesNotContain('\u202e', output.ToString());
    }

    [Theory]
    [InlineData("debian=http://user:pa@ss@mirror.example/debian", "debian=http://<redacted>@mirror.example/debian")]
    [InlineData("a tcp://u:p@h:1 b https://t@h/x@y c", "a tcp://<redacted>@h:1 b https://<redacted>@h/x@y c")]
    [InlineData("http://mirror.example/a@b registry.example/a@sha256:00 unix:///x@y", "http://mirror.example/a@b registry.example/a@sha256:00 unix:///x@y")]
    public void Logins_in_addresses_are_neither_shown_nor_recorded(string text, string redacted)
    {
        Assert.Equal(redacted, Redaction.Address(text));
        using var error = new StringWriter();
        new Terminal(Console(error, color: false), Console(error, color: false)).Fail(text);
        Assert.Equal($"harness: {redacted}\n", error.ToString());
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    private static IAnsiConsole Console(TextWriter writer, bool color)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = color ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = color ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
        });
        console.Profile.Width = 200;
        return console;
    }
}
