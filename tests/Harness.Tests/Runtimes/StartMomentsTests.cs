using System.Collections.Immutable;
using Harness.Sandboxes.Tracing;

namespace Harness.Tests.Runtimes;

/// <summary>One container's moments among everything that was started meanwhile. Command lines as containerd 1.6 and 1.7, runc 1.1 and runsc have them.</summary>
public sealed class StartMomentsTests
{
    private const string Id = "4f5a0c8d2b6e4f5a0c8d2b6e4f5a0c8d2b6e4f5a0c8d2b6e4f5a0c8d2b6e4f5a";
    private const string Other = "99990c8d2b6e4f5a0c8d2b6e4f5a0c8d2b6e4f5a0c8d2b6e4f5a0c8d2b6e4f5a";

    private static ImmutableArray<SeenProgram> Usual(string id = Id, long from = 0) =>
    [
        Seen(10, from + 100, $"/usr/bin/containerd-shim-runc-v2 -namespace moby -address /x/containerd.sock -publish-binary /usr/bin/containerd -id {id} start") with { EndedNs = from + 190 },
        Seen(11, from + 150, $"/usr/bin/containerd-shim-runc-v2 -namespace moby -id {id} -address /x/containerd.sock"),
        Seen(12, from + 200, $"runc --root /run/docker/runtime-runc/moby --log /b/{id}/log.json --log-format json create --bundle /b/{id} --pid-file /b/{id}/init.pid {id}") with { EndedNs = from + 300 },
        Seen(13, from + 230, "runc init"),
        Seen(14, from + 400, $"runc --root /run/docker/runtime-runc/moby --log /b/{id}/log.json --log-format json start {id}") with { EndedNs = from + 450 },
    ];

    [Fact]
    public void The_moments_of_a_start_are_those_of_its_shim_and_of_its_runtime() =>
        Assert.Equal([("shim", 100L), ("runtime_create", 200L), ("runtime_created", 300L), ("runtime_start", 400L)], StartMoments.Of(Usual(), Id));

    [Fact]
    public void Another_container_s_programs_are_none_of_its() =>
        Assert.Equal([("shim", 1100L), ("runtime_create", 1200L), ("runtime_created", 1300L), ("runtime_start", 1400L)], StartMoments.Of([.. Usual(Other), .. Usual(from: 1000)], Id));

    [Fact]
    public void A_script_that_becomes_the_runtime_counts_from_its_own_beginning()
    {
        var script = Seen(12, 195, $"/bin/sh /d/runtimes/runsc --root /r create --bundle /b/{Id} {Id}") with { EndedNs = 300 };
        Assert.Equal(195, StartMoments.Of(Usual().Insert(2, script), Id)[1].Ns);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(4)]
    public void Where_one_is_missing_there_are_none(int missing)
    {
        var programs = missing == 0 ? Usual().RemoveAt(1).RemoveAt(0) : Usual().RemoveAt(missing);
        Assert.Empty(StartMoments.Of(programs, Id));
    }

    [Fact]
    public void Without_an_end_of_create_or_in_another_order_there_are_none()
    {
        Assert.Empty(StartMoments.Of(Usual().SetItem(2, Usual()[2] with { EndedNs = null }), Id));
        Assert.Empty(StartMoments.Of(Usual().SetItem(4, Usual()[4] with { Ns = 250 }), Id));
    }

    [Fact]
    public void A_program_that_only_names_the_container_is_none_of_them() =>
        Assert.Empty(StartMoments.Of([Seen(1, 1, $"grep create {Id}"), Seen(2, 2, $"cat /b/{Id}"), Seen(3, 3, $"runc start {Id}")], Id));

    private static SeenProgram Seen(int process, long ns, string line) => new(process, ns, [.. line.Split(' ')]);
}
