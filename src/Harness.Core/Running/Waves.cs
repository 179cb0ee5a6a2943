using Harness.Core.Model;
using Harness.Core.Planning;

namespace Harness.Core.Running;

/// <summary>Sandboxes whose userlands are prepared, run and let go of together, before the next ones are prepared.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Of">How many waves there are.</param>
/// <param name="Exclusive">Nothing else may run at the same time as any of them.</param>
/// <param name="Sandboxes">In the order in which they are started.</param>
/// <param name="Held">The userlands that lie ready meanwhile: its own, and those of earlier waves that a later one needs, too.</param>
public sealed record Wave(int Number, int Of, bool Exclusive, ImmutableArray<PlannedSandbox> Sandboxes, ImmutableHashSet<string> Held);

/// <summary>
/// Cuts a plan so that a catalogue of any length needs the disk of a few userlands. What is timed comes last and stays in one piece: all that it
/// needs is ready before its first sandbox, and nothing is fetched or removed while something is timed.
/// </summary>
public static class Waves
{
    /// <summary>Userlands of one wave. As many as keep the most parallel sandboxes busy; at some 300 MB each a wave takes 2 to 3 GB.</summary>
    public const int DefaultSize = 8;

    /// <summary>
    /// Each sandbox in exactly one wave, in the plan's order there. A userland that is not timed is in one wave alone; one that is timed, too, comes as late as
    /// possible, so that it is held for a short time.
    /// </summary>
    /// <param name="sandboxes">What is to be run, in the plan's order.</param>
    /// <param name="size">The most userlands of a wave; those of timed sandboxes come on top.</param>
    public static ImmutableArray<Wave> Of(IReadOnlyCollection<PlannedSandbox> sandboxes, int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        var timed = sandboxes.Where(sandbox => sandbox.Exclusive).ToImmutableArray();
        var kept = Userlands(timed);
        var places = sandboxes
            .Where(sandbox => !sandbox.Exclusive && HasImage(sandbox))
            .Select(sandbox => sandbox.Cell.Userland).Distinct(StringComparer.Ordinal)
            .OrderBy(kept.Contains)
            .Select((userland, place) => (userland, wave: place / size))
            .ToDictionary(pair => pair.userland, pair => pair.wave, StringComparer.Ordinal);
        ImmutableArray<ImmutableArray<PlannedSandbox>> parts =
        [
            // What needs no image is compared with the others, so it comes as soon as they do.
            .. sandboxes.Where(sandbox => !sandbox.Exclusive).GroupBy(sandbox => places.GetValueOrDefault(sandbox.Cell.Userland)).OrderBy(group => group.Key).Select(group => group.ToImmutableArray()),
            .. timed.IsEmpty ? ImmutableArray<ImmutableArray<PlannedSandbox>>.Empty : [timed],
        ];
        var waves = ImmutableArray.CreateBuilder<Wave>(parts.Length);
        ImmutableHashSet<string> held = [];
        foreach (var part in parts)
        {
            var own = Userlands(part);
            waves.Add(new Wave(waves.Count + 1, parts.Length, part[0].Exclusive, part, held.Union(own)));
            held = held.Union(own.Intersect(kept));
        }

        return waves.MoveToImmutable();
    }

    private static bool HasImage(PlannedSandbox sandbox) => sandbox.Cell.Userland != Cell.HostUserland;

    private static ImmutableHashSet<string> Userlands(IEnumerable<PlannedSandbox> sandboxes) =>
        [.. sandboxes.Where(HasImage).Select(sandbox => sandbox.Cell.Userland)];
}
