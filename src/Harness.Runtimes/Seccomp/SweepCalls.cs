using System.Globalization;
using CsvHelper;
using Harness.Core.Journaling;
using Harness.Core.Seccomp;

namespace Harness.Runtimes.Seccomp;

/// <summary>The calls of the agent's sweep with their arguments, from the table from which the agent is built.</summary>
/// <param name="All">By number.</param>
internal sealed record SweepCalls(ImmutableArray<SeccompCall> All)
{
    private const int Last = 480, Canary = 4000;

    private static readonly ImmutableArray<ulong> Bad = [.. Enumerable.Repeat(ulong.MaxValue, 6)];

    /// <summary>Reads <c>syscalls-ARCHITECTURE.csv</c>; null where there is none, or the architecture is not one that has an agent.</summary>
    internal static SweepCalls? Read(string path, string architecture)
    {
        var audit = architecture switch { "amd64" or "x86_64" => SeccompCall.X8664, "arm64" or "aarch64" => SeccompCall.Aarch64, _ => 0u };
        if (audit == 0 || !File.Exists(path))
            return null;
        var rules = new Dictionary<int, ImmutableArray<ulong>>();
        using var reader = CsvReader.FromFile(path, Csv.ReaderOptions);
        while (reader.Read())
            rules.Add(int.Parse(reader.GetString("number"), CultureInfo.InvariantCulture), Arguments(reader.GetString("rule")));
        return new SweepCalls([.. Enumerable.Range(0, Last + 1).Append(Canary).Select(number => new SeccompCall(number, audit, rules.GetValueOrDefault(number, Bad)))]);
    }

    private static ImmutableArray<ulong> Arguments(string rule) => rule is "" or "skip" or "nogroup"
        ? Bad
        : [.. rule.Split(' ').Select(Value).Concat(Bad).Take(Bad.Length)];

    private static ulong Value(string text) => text.StartsWith("0x", StringComparison.Ordinal)
        ? ulong.Parse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
        : unchecked((ulong)long.Parse(text, CultureInfo.InvariantCulture));
}
