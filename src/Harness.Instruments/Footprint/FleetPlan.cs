using System.Globalization;

namespace Harness.Instruments.Footprint;

/// <summary>What a fleet probe's command tells the driver after the builtin: <c>grow|storm|disk</c>, <c>n=1,2,4</c>, <c>seconds=20</c>.</summary>
/// <param name="Shape">What is done.</param>
/// <param name="Steps">Sandboxes at a time, rising.</param>
/// <param name="Time">What the trial may take for starting.</param>
internal sealed record FleetPlan(string Shape, ImmutableArray<int> Steps, TimeSpan Time)
{
    /// <summary>Reads a command. Null with a reason where it cannot be understood.</summary>
    internal static FleetPlan? Parse(ImmutableArray<string> command, out string reason)
    {
        var plan = new FleetPlan("", [1], TimeSpan.FromSeconds(20));
        reason = "";
        foreach (var word in command.Skip(1))
        {
            FleetPlan? next = word switch
            {
                "grow" or "storm" or "disk" => plan with { Shape = word },
                _ when word.StartsWith("n=", StringComparison.Ordinal) && Numbers(word[2..]) is { } steps => plan with { Steps = steps },
                _ when word.StartsWith("seconds=", StringComparison.Ordinal) && Numbers(word[8..]) is [var seconds] => plan with { Time = TimeSpan.FromSeconds(seconds) },
                _ => null,
            };
            if (next is null)
            {
                reason = $"a fleet has no word '{word}': known are grow, storm, disk, n=1,2,4 (rising), seconds=N";
                return null;
            }

            plan = next;
        }

        reason = plan.Shape.Length == 0 ? "a fleet needs one of grow, storm, disk" : "";
        return plan.Shape.Length == 0 ? null : plan;
    }

    /// <summary>The same, short: at most four sandboxes (or the first step's), in three fifths of the time.</summary>
    internal FleetPlan Quick() => this with { Steps = [.. Steps.Where((step, place) => place == 0 || step <= 4)], Time = Time * 0.6 };

    private static ImmutableArray<int>? Numbers(string text)
    {
        var numbers = ImmutableArray.CreateBuilder<int>();
        foreach (var word in text.Split(','))
        {
            if (!int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < 1 || (numbers.Count > 0 && number <= numbers[^1]))
                return null;
            numbers.Add(number);
        }

        return numbers.ToImmutable();
    }
}
