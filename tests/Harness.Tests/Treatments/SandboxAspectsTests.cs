using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Core.Running;
using Harness.Sandboxes.Treatments;

namespace Harness.Tests.Treatments;

public sealed class SandboxAspectsTests
{
    [Theory]
    [InlineData("lo", "none", true)]
    [InlineData("lo,tunl0,sit0", "none", true)]
    [InlineData("lo,eth0", "none", false)]
    [InlineData("lo,eth0", "bridge", true)]
    [InlineData("lo", "bridge", false)]
    [InlineData("lo,eth0,docker0", "bridge", false)]
    public void Interfaces_tell_a_network(string interfaces, string asked, bool holds) =>
        Assert.Equal(holds, SandboxAspects.Network(TreatmentFacts.Of(("interfaces", interfaces)), asked)!.Holds);

    [Theory]
    [InlineData("268435456", true)]
    [InlineData("268431360", true)]
    [InlineData("max", false)]
    [InlineData("9223372036854771712", false)]
    [InlineData("536870912", false)]
    public void A_limit_is_the_one_of_the_control_group(string value, bool holds) =>
        Assert.Equal(holds, SandboxAspects.Limit(TreatmentFacts.Of(("memory limit", value)), "memory limit", 256 << 20)!.Holds);

    [Theory]
    [InlineData("00000000a80425fb", KernelCapabilities.Default, "runc", true, "Docker's default")]
    [InlineData("00000000a80405fb", KernelCapabilities.Default, "runsc", true, "Docker's default without NET_RAW")]
    [InlineData("00000000a80405fb", KernelCapabilities.Default, "runc", false, "Docker's default without NET_RAW")]
    [InlineData("00000000a80c25fb", KernelCapabilities.Default, "runc", false, "Docker's default with SYS_PTRACE")]
    [InlineData("0000000000000000", 0UL, "runc", true, "none")]
    public void Capabilities_are_compared_as_sets(string seen, ulong asked, string runtime, bool holds, string text)
    {
        var word = SandboxAspects.Capabilities(TreatmentFacts.Of(("CapBnd", seen), ("CapEff", seen)), asked, KnownRuntimes.Find(runtime)!)!;
        Assert.Equal((holds, text), (word.Holds, word.Seen));
    }

    [Theory]
    [InlineData("         0          0 4294967295", false, null, true)]
    [InlineData("         0          0 4294967295", true, null, false)]
    [InlineData("         0     100000      65536", true, null, true)]
    [InlineData("         0     100000      65536", false, "0 0 4294967295", false)]
    // The harness itself is in a user namespace, and the container is in no other.
    [InlineData("         0     100000      65536", false, "0 100000 65536", true)]
    [InlineData("         0     100000      65536", false, null, null)]
    public void A_map_of_user_ids_tells_a_user_namespace(string map, bool isMapped, string? own, bool? holds) =>
        Assert.Equal(holds, SandboxAspects.Users(TreatmentFacts.Of(("uid_map", map)), isMapped, own)?.Holds);

    [Fact]
    public void What_the_agent_did_not_see_says_nothing()
    {
        var none = new TreatmentFacts();
        Assert.Null(SandboxAspects.Network(none, "none"));
        Assert.Null(SandboxAspects.Seccomp(none, true));
        Assert.Null(SandboxAspects.Limit(none, "memory limit", 1));
        Assert.Null(SandboxAspects.Init(none));
        Assert.Null(SandboxAspects.ReadOnly(none));
    }

    [Fact]
    public void One_witness_that_contradicts_outweighs_all_others()
    {
        var reading = Aspect.Judge("runtime", "runsc", [new Word(true, "runsc", "a log"), new Word(false, "runc", "the shim's command line")], new Word(true, "runsc", Aspect.Inspect));
        Assert.Equal(TreatmentState.Contradicted, reading.State);
        Assert.Equal("asked for runtime runsc, ran under runc (by the shim's command line)", reading.Contradiction);
    }

    [Fact]
    public void The_engine_alone_is_its_word_and_nobody_is_only_what_was_asked()
    {
        Assert.Equal(TreatmentState.EngineWord, Aspect.Judge("init", "none", [null], new Word(true, "none", Aspect.Inspect)).State);
        var nothing = Aspect.Judge("init", "none", [null, new Word(null, "", "somebody")]);
        Assert.Equal(TreatmentState.OnlyAsked, nothing.State);
        Assert.Equal(["treatment_asked", "treatment_proof"], Harness.Core.Model.Treatments.Observations([nothing]).Select(row => row.Metric));
    }
}
