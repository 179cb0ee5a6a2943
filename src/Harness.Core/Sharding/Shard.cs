using System.Globalization;
using System.Text.RegularExpressions;

namespace Harness.Core.Sharding;

/// <summary>One part of a plan that several hosts run together.</summary>
/// <param name="Index">From 1.</param>
/// <param name="Count">How many there are.</param>
public sealed partial record Shard(int Index, int Count)
{
    /// <summary>What lets the environment say which part this is.</summary>
    public const string Auto = "auto";

    /// <summary>More than this are a mistake in the number.</summary>
    public const int Most = 10_000;

    // Each CI's or scheduler's own variables: index, number, and what the index of the first part is; null where a variable says it.
    // Sources: GitLab CI predefined variables, CircleCI built-in variables, Buildkite environment variables, sbatch(1), Kubernetes Indexed Job.
    private static readonly ImmutableArray<(string Index, string Count, int? First)> Known =
    [
        ("CI_NODE_INDEX", "CI_NODE_TOTAL", 1),
        ("CIRCLE_NODE_INDEX", "CIRCLE_NODE_TOTAL", 0),
        ("BUILDKITE_PARALLEL_JOB", "BUILDKITE_PARALLEL_JOB_COUNT", 0),
        ("SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", null),
        // Kubernetes tells a pod its index alone.
        ("JOB_COMPLETION_INDEX", "HARNESS_SHARDS", 0),
    ];

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Index}/{Count}");

    /// <summary>Reads <c>I/N</c>, or asks the environment.</summary>
    /// <param name="text"><c>I/N</c> or <see cref="Auto"/>.</param>
    /// <param name="variable">The environment.</param>
    /// <exception cref="HarnessException">Neither, or the environment does not say.</exception>
    public static Shard Parse(string text, Func<string, string?> variable) => text == Auto
        ? FromEnvironment(variable)
        : Form().Match(text) is { Success: true } match && Number(match.Groups[1].Value) is { } index && Number(match.Groups[2].Value) is { } count
            ? Checked(index, count, $"--shard '{text}'")
            : throw new HarnessException($"--shard '{text}' is not a part of a plan: write I/N, as 2/6, or {Auto}");

    private static Shard FromEnvironment(Func<string, string?> variable)
    {
        foreach (var (index, count, first) in Known)
        {
            if (Number(variable(index)) is not { } which)
            {
                continue;
            }

            return Number(variable(count)) is { } number
                ? first is { } begin ? Checked(which - begin + 1, number, index) : OfArray(which, number, variable)
                : throw new HarnessException($"--shard {Auto}: {index} is set and {count} is not: set {count} to the number of shards, or write --shard I/N");
        }

        throw new HarnessException($"--shard {Auto}: the environment names no part (looked for {string.Join(", ", Known.Select(known => known.Index))}): write --shard I/N");
    }

    // An array may begin anywhere and skip numbers.
    private static Shard OfArray(int task, int count, Func<string, string?> variable)
    {
        var first = Number(variable("SLURM_ARRAY_TASK_MIN")) ?? 0;
        var step = Number(variable("SLURM_ARRAY_TASK_STEP")) ?? 1;
        return (task - first) % Math.Max(1, step) == 0
            ? Checked(((task - first) / Math.Max(1, step)) + 1, count, "SLURM_ARRAY_TASK_ID")
            : throw new HarnessException($"--shard {Auto}: SLURM_ARRAY_TASK_ID is not a step of its array: write --shard I/N");
    }

    private static Shard Checked(int index, int count, string source) => count is >= 1 and <= Most && index >= 1 && index <= count
        ? new Shard(index, count)
        : throw new HarnessException(string.Create(CultureInfo.InvariantCulture, $"{source} is part {index} of {count}: the first is 1, the last {Math.Clamp(count, 1, Most)}"));

    private static int? Number(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    [GeneratedRegex("^([0-9]{1,9})/([0-9]{1,9})$")]
    private static partial Regex Form();
}
