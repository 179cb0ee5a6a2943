using System.Globalization;

namespace Harness.Core.Seccomp;

/// <summary>All filters of one process. The kernel runs every one and takes the strictest answer.</summary>
/// <param name="Programs">The most recently installed first; none: no filter.</param>
public sealed record SeccompFilters(ImmutableArray<BpfProgram> Programs)
{
    private const uint Allow = 0x7FFF0000;

    /// <summary>What the filters answer together.</summary>
    public BpfResult Run(SeccompCall call)
    {
        var result = new BpfResult(Allow, false);
        foreach (var program in Programs)
        {
            var answer = program.Run(call);
            // Actions as signed numbers, lower is stricter: SECCOMP_RET_KILL_PROCESS has the highest bit.
            var isStricter = Action(answer.Value) < Action(result.Value);
            result = new BpfResult(isStricter ? answer.Value : result.Value, result.LookedAtArguments || answer.LookedAtArguments);
        }

        return result;
    }

    /// <summary>An answer in words: <c>allow</c>, <c>errno=1</c>, <c>kill_process</c>, ….</summary>
    public static string Name(uint value) => (value & 0xFFFF0000) switch
    {
        0x80000000 => "kill_process",
        0x00000000 => "kill_thread",
        0x00030000 => "trap",
        0x00050000 => $"errno={Math.Min(value & 0xFFFF, 4095).ToString(CultureInfo.InvariantCulture)}",
        0x7FC00000 => "notify",
        0x7FF00000 => "trace",
        0x7FFC0000 => "log",
        Allow => "allow",
        // The kernel takes an action that it does not know for the strictest.
        _ => "kill_process",
    };

    /// <summary>Numbers in ascending order as <c>0-12 14</c>.</summary>
    public static string Ranges(IEnumerable<int> numbers)
    {
        var parts = new List<(int First, int Last)>();
        foreach (var number in numbers)
        {
            if (parts.Count > 0 && parts[^1].Last + 1 == number)
                parts[^1] = (parts[^1].First, number);
            else
                parts.Add((number, number));
        }

        return string.Join(' ', parts.Select(part => part.First == part.Last
            ? part.First.ToString(CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"{part.First}-{part.Last}")));
    }

    private static int Action(uint value) => unchecked((int)(value & 0xFFFF0000));
}
