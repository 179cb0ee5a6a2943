using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Harness.Core.Protocol;

/// <summary>What one agent is to do: the file it is given, under the limits of docs/agent-protocol.md. It holds no secret.</summary>
public sealed record AgentPlan
{
    private const int MaxBytes = (1 << 20) - 1;
    private const int MaxVariables = 256;
    private const int MaxProbes = 1024;
    private const int MaxWords = 8192;

    /// <summary>A plan that runs nothing: what proves that an agent can be started.</summary>
    public static AgentPlan Empty { get; } = new() { Probes = [] };

    /// <summary>The probes' whole environment, in this order.</summary>
    public ImmutableArray<EnvironmentVariable> Environment { get; init; } = [];

    /// <summary>The probes, in the order in which they are run.</summary>
    public required ImmutableArray<AgentProbe> Probes { get; init; }

    /// <summary>The plan's text.</summary>
    /// <exception cref="ArgumentException">A field cannot be written, or a limit of the agent is exceeded.</exception>
    public string Render()
    {
        Require(Environment.Length <= MaxVariables, $"A plan has at most {MaxVariables} variables.");
        Require(Probes.Length <= MaxProbes, $"A plan has at most {MaxProbes} probes.");
        Require(Probes.Select(probe => probe.Index).Distinct().Count() == Probes.Length, "Two probes of a plan have the same index.");

        ImmutableArray<ImmutableArray<string>> lines =
        [
            ["harness-plan", "2"],
            .. Environment.Select(Fields),
            .. Probes.Select(Fields),
            ["end"],
        ];
        // The agent keeps one word more for the end of each line, and one in reserve.
        Require(lines.Sum(line => line.Length + 1) < MaxWords, "A plan has too many fields.");
        var text = string.Concat(lines.Select(line => string.Join('\t', line.Select(Field)) + "\n"));
        Require(Encoding.UTF8.GetByteCount(text) <= MaxBytes, $"A plan has at most {MaxBytes} bytes.");
        return text;
    }

    private static ImmutableArray<string> Fields(EnvironmentVariable variable)
    {
        Require(variable.Name.Length > 0 && !variable.Name.Contains('=', StringComparison.Ordinal), "A variable's name is not empty and holds no '='.");
        return ["env", $"{variable.Name}={variable.Value}"];
    }

    private static ImmutableArray<string> Fields(AgentProbe probe)
    {
        var milliseconds = (long)Math.Ceiling(probe.Timeout.TotalMilliseconds);
        Require(probe.Index <= Frame.MaxProbe, $"A probe's index is at most {Frame.MaxProbe}.");
        Require(milliseconds is >= 1 and <= 1_000_000_000, "A probe's timeout is 1 to 1,000,000,000 ms.");
        Require(probe.OutputLimit is >= 0 and <= 1L << 40, "A probe's output limit is 0 to 2^40 bytes.");
        return
        [
            "probe",
            probe.Index.ToString(CultureInfo.InvariantCulture),
            milliseconds.ToString(CultureInfo.InvariantCulture),
            probe.OutputLimit.ToString(CultureInfo.InvariantCulture),
            .. Command(probe),
        ];
    }

    private static ImmutableArray<string> Command(AgentProbe probe)
    {
        switch (probe)
        {
            case BuiltinProbe builtin:
                return ["builtin", builtin.Name];
            case ScriptProbe script:
                return ["script", script.Path];
            case ExecProbe exec:
                Require(!exec.Command.IsDefaultOrEmpty, "A probe that is executed names a program.");
                return ["exec", .. exec.Command];
            default:
                throw new ArgumentException("Unknown kind of probe.", nameof(probe));
        }
    }

    private static string Field(string text)
    {
        Require(text.AsSpan().IndexOfAny('\t', '\n', '\0') < 0, "A field of a plan holds no tab, newline or zero character.");
        return text;
    }

    private static void Require(bool condition, string sentence)
    {
        if (!condition)
        {
            throw new ArgumentException(sentence);
        }
    }
}

/// <summary>A variable of the probes' environment.</summary>
public sealed record EnvironmentVariable(string Name, string Value);

/// <summary>A probe, as the agent is told to run it.</summary>
/// <param name="Index">Its number in the frames, at most <see cref="Frame.MaxProbe"/>, once per plan.</param>
/// <param name="Timeout">From its start; whole milliseconds, rounded up, at least one.</param>
/// <param name="OutputLimit">Bytes of both streams together.</param>
public abstract record AgentProbe(ushort Index, TimeSpan Timeout, long OutputLimit);

/// <summary>A probe inside the agent, as <c>kernel</c>.</summary>
public sealed record BuiltinProbe(ushort Index, TimeSpan Timeout, long OutputLimit, string Name)
    : AgentProbe(Index, Timeout, OutputLimit);

/// <summary>A script in the sandbox, run by its <c>/bin/sh</c>.</summary>
public sealed record ScriptProbe(ushort Index, TimeSpan Timeout, long OutputLimit, string Path)
    : AgentProbe(Index, Timeout, OutputLimit);

/// <summary>A program in the sandbox, by its path, and its arguments; no shell, no search path.</summary>
public sealed record ExecProbe(ushort Index, TimeSpan Timeout, long OutputLimit, ImmutableArray<string> Command)
    : AgentProbe(Index, Timeout, OutputLimit);
