using System.Globalization;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Core.Running;

namespace Harness.Runs;

/// <summary>What is said of a run while it runs.</summary>
public static class RunWords
{
    /// <summary><c>preparing images and kernels, wave 2 of 11: 12 of 40 cells</c>.</summary>
    public static string Preparation(Wave wave, string state) =>
        string.Create(CultureInfo.InvariantCulture, $"preparing images and kernels{(wave.Of > 1 ? $", wave {wave.Number} of {wave.Of}" : "")}: {state}");

    /// <summary><c>, now busybox:static under docker/runc and 3 more</c>; nothing where nothing runs.</summary>
    public static string Now(IReadOnlyCollection<PlannedSandbox> running)
    {
        if (running.LastOrDefault() is not { } sandbox)
        {
            return "";
        }

        var cell = sandbox.Cell;
        var place = cell.Engine.Length > 0 ? $"{cell.Engine}/{cell.Runtime}" : KnownRuntimes.Of(cell) is { Kind: RuntimeKind.Process } process ? process.Title : cell.Runtime;
        var what = sandbox.Trials.Length == 1 ? $"{sandbox.Trials[0].Probe} in {cell.Userland}" : cell.Userland;
        return $", now {what} under {place}{(running.Count > 1 ? string.Create(CultureInfo.InvariantCulture, $" and {running.Count - 1} more") : "")}";
    }

    /// <summary><c>40 ok, 2 crashed</c>.</summary>
    public static string Outcomes(IReadOnlyDictionary<Outcome, int> outcomes) =>
        string.Join(", ", outcomes.OrderBy(pair => pair.Key).Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Value} {pair.Key.Text()}")));
}
