using System.Globalization;
using CsvHelper;
using Harness.Core.Journaling;
using Harness.Core.Seccomp;
using Harness.Sandboxes.Payload;

namespace Harness.Sandboxes.Seccomp;

/// <summary>The calls of one of the agent's sweeps with their arguments, from the table from which the agent is built.</summary>
/// <param name="Metric">Which readings tell what a filter answers to them.</param>
/// <param name="All">By number.</param>
internal sealed record SweepCalls(string Metric, ImmutableArray<SweepCall> All)
{
    private const int Last = 480, FirstOfX32 = 512, LastOfX32 = 547, Canary = 4000;

    private static readonly ImmutableArray<ulong> Bad = [.. Enumerable.Repeat(ulong.MaxValue, 6)];

    /// <summary>Those of every entry that an architecture has, its own first; empty where it has no agent.</summary>
    internal static ImmutableArray<SweepCalls> Of(AgentFiles agents, string architecture) => AgentFiles.Of(architecture) switch
    {
        "x86_64" => Each((agents.Calls(architecture), "x86_64"), (agents.CallsBy("i386"), "i386"), (agents.CallsBy("x32"), "x32")),
        "aarch64" => Each((agents.Calls(architecture), "aarch64")),
        _ => [],
    };

    /// <summary>Reads <c>syscalls-ENTRY.csv</c>; null where there is none, or no sweep takes that entry.</summary>
    internal static SweepCalls? Read(string path, string entry)
    {
        var audit = entry switch { "x86_64" or "x32" => SeccompCall.X8664, "i386" => SeccompCall.I386, "aarch64" => SeccompCall.Aarch64, _ => 0u };
        if (audit == 0 || !File.Exists(path))
            return null;
        var rules = new Dictionary<int, ImmutableArray<ulong>>();
        using var reader = CsvReader.FromFile(path, Csv.ReaderOptions);
        while (reader.Read())
            rules.Add(int.Parse(reader.GetString("number"), CultureInfo.InvariantCulture), Arguments(reader.GetString("rule")));
        var numbers = Enumerable.Range(0, Last + 1).Concat(entry == "x32" ? Enumerable.Range(FirstOfX32, LastOfX32 - FirstOfX32 + 1) : []).Append(Canary);
        return new SweepCalls(entry is "i386" or "x32" ? $"filter_{entry}" : "filter", [.. numbers.Select(Call)]);

        SweepCall Call(int number)
        {
            var arguments = rules.GetValueOrDefault(number, Bad);
            return new SweepCall(number, entry switch
            {
                // A 32-bit program has 32-bit registers.
                "i386" => new SeccompCall(number, audit, [.. arguments.Select(argument => argument & uint.MaxValue)]),
                "x32" => new SeccompCall(number | SeccompCall.X32Bit, audit, arguments),
                _ => new SeccompCall(number, audit, arguments),
            });
        }
    }

    private static ImmutableArray<SweepCalls> Each(params (string Path, string Entry)[] tables) =>
        [.. tables.Select(table => Read(table.Path, table.Entry)).OfType<SweepCalls>()];

    private static ImmutableArray<ulong> Arguments(string rule) => rule is "" or "skip" or "nogroup"
        ? Bad
        : [.. rule.Split(' ').Select(Value).Concat(Bad).Take(Bad.Length)];

    private static ulong Value(string text) => text.StartsWith("0x", StringComparison.Ordinal)
        ? ulong.Parse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
        : unchecked((ulong)long.Parse(text, CultureInfo.InvariantCulture));
}

/// <summary>One call of a sweep.</summary>
/// <param name="Number">As tables and readings have it.</param>
/// <param name="Seen">What a filter sees of it.</param>
internal sealed record SweepCall(int Number, SeccompCall Seen);
