using System.Collections.Immutable;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Core.Running;

namespace Harness.Tests.Planning;

/// <summary>How a plan is cut into waves, whatever the plan.</summary>
public sealed class WavesTests
{
    public static TheoryData<ulong, int> Plans => [.. from seed in Enumerable.Range(1, 40) from size in (int[])[1, 3, 8, 200] select ((ulong)seed, size)];

    [Theory]
    [MemberData(nameof(Plans))]
    public void Every_sandbox_is_in_exactly_one_wave_in_the_order_of_the_plan(ulong seed, int size)
    {
        var plan = Random(seed);
        var waves = Waves.Of(plan, size);

        Assert.Equal(plan.Length, waves.Sum(wave => wave.Sandboxes.Length));
        Assert.Equal(plan.ToHashSet(ReferenceEqualityComparer.Instance), waves.SelectMany(wave => wave.Sandboxes).ToHashSet(ReferenceEqualityComparer.Instance));
        var places = plan.Select((sandbox, place) => (sandbox, place)).ToDictionary(pair => (object)pair.sandbox, pair => pair.place, ReferenceEqualityComparer.Instance);
        Assert.All(waves, wave => Assert.Equal(wave.Sandboxes.Select(sandbox => places[sandbox]).Order(), wave.Sandboxes.Select(sandbox => places[sandbox])));
        Assert.Equal(Enumerable.Range(1, waves.Length), waves.Select(wave => wave.Number));
        Assert.All(waves, wave => Assert.Equal(waves.Length, wave.Of));
    }

    [Theory]
    [MemberData(nameof(Plans))]
    public void No_wave_holds_more_userlands_than_its_size_and_those_that_are_timed(ulong seed, int size)
    {
        var plan = Random(seed);
        var timed = Userlands(plan.Where(sandbox => sandbox.Exclusive));

        Assert.All(Waves.Of(plan, size), wave =>
        {
            Assert.True(wave.Exclusive || Userlands(wave.Sandboxes).Count <= size);
            Assert.True(wave.Held.Count <= size + timed.Count);
            Assert.True(Userlands(wave.Sandboxes).IsSubsetOf(wave.Held));
            Assert.DoesNotContain(Cell.HostUserland, wave.Held);
        });
    }

    [Theory]
    [MemberData(nameof(Plans))]
    public void A_userland_is_held_from_its_first_wave_to_its_last(ulong seed, int size)
    {
        var waves = Waves.Of(Random(seed), size);

        foreach (var userland in Userlands(waves.SelectMany(wave => wave.Sandboxes)))
        {
            var used = waves.Where(wave => Userlands(wave.Sandboxes).Contains(userland)).Select(wave => wave.Number).ToList();
            Assert.Equal(Enumerable.Range(used[0], used[^1] - used[0] + 1), waves.Where(wave => wave.Held.Contains(userland)).Select(wave => wave.Number));
            // One that is not timed is needed in one wave alone; one that is comes as late as possible.
            Assert.True(used.Count == 1 || (used.Count == 2 && used[1] == waves.Length && waves[^1].Exclusive));
        }
    }

    [Theory]
    [MemberData(nameof(Plans))]
    public void What_is_timed_comes_last_in_one_piece(ulong seed, int size)
    {
        var plan = Random(seed);
        var waves = Waves.Of(plan, size);

        Assert.All(waves.SkipLast(1), wave => Assert.False(wave.Exclusive));
        Assert.All(waves, wave => Assert.All(wave.Sandboxes, sandbox => Assert.Equal(wave.Exclusive, sandbox.Exclusive)));
        Assert.Equal(plan.Where(sandbox => sandbox.Exclusive), waves.Where(wave => wave.Exclusive).SelectMany(wave => wave.Sandboxes), ReferenceEqualityComparer.Instance);
    }

    [Fact]
    public void A_plan_of_few_userlands_is_one_wave_and_one_of_nothing_is_none()
    {
        Assert.Single(Waves.Of([Sandbox("a", "u:1", false), Sandbox("a", Cell.HostUserland, false)], 8));
        Assert.Single(Waves.Of([Sandbox("a", Cell.HostUserland, false)], 8));
        Assert.Empty(Waves.Of([], 8));
    }

    [Fact]
    public void Waves_are_as_few_as_the_size_allows()
    {
        var plan = Enumerable.Range(0, 17).Select(number => Sandbox("a", $"u:{number}", false)).ToList();
        Assert.Equal([8, 8, 1], Waves.Of(plan, 8).Select(wave => wave.Held.Count));
    }

    private static HashSet<string> Userlands(IEnumerable<PlannedSandbox> sandboxes) =>
        [.. sandboxes.Select(sandbox => sandbox.Cell.Userland).Where(userland => userland != Cell.HostUserland)];

    // Some experiments, timed or not, over some of thirty userlands, in blocks of any order.
    private static ImmutableArray<PlannedSandbox> Random(ulong seed)
    {
        var random = new Random((int)seed);
        return
        [
            .. from experiment in Enumerable.Range(0, random.Next(1, 5))
               let timed = random.Next(3) == 0
               let userlands = Enumerable.Range(0, 30).Select(number => $"u:{number}").Append(Cell.HostUserland).OrderBy(_ => random.Next()).Take(random.Next(1, timed ? 4 : 31)).ToList()
               from block in Enumerable.Range(1, random.Next(1, 4))
               from userland in userlands.OrderBy(_ => random.Next())
               select Sandbox($"e{experiment}", userland, timed, block),
        ];
    }

    private static PlannedSandbox Sandbox(string experiment, string userland, bool exclusive, int block = 1)
    {
        var cell = userland == Cell.HostUserland ? new Cell(userland, "host", "", "host", "", "") : new Cell(userland, "host", "docker", "runc", "", "");
        return new PlannedSandbox(experiment, cell, block, false, exclusive, [new PlannedTrial(experiment, cell, "probe", block, 1, Warmup: false)]);
    }
}
