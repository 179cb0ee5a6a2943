using Harness.Core;
using Harness.Core.Planning;

namespace Harness.Tests.Planning;

/// <summary>What <c>--engine</c> may say, once or several times.</summary>
public sealed class EngineArgumentsTests
{
    [Fact]
    public void One_engine_needs_no_name()
    {
        Assert.Equal("unix:///run/a=b.sock", EngineArguments.Parse(["unix:///run/a=b.sock"]).Unnamed);
        Assert.Equal("docker@vm", EngineArguments.Parse(["docker@vm"]).Unnamed);
        Assert.True(EngineArguments.Parse([]).IsNone);
    }

    [Fact]
    public void Several_have_a_name_each_and_the_one_in_a_VM_has_its_own()
    {
        var engines = EngineArguments.Parse(["docker=private", "far-2=ssh://me@lab", "podman=unix:///run/a=b.sock", "docker@vm"]);

        Assert.Null(engines.Unnamed);
        Assert.Equal(["docker private", "far-2 ssh://me@lab", "podman unix:///run/a=b.sock", "docker@vm docker@vm"], engines.Named.Select(engine => $"{engine.Name} {engine.Where}"));
        Assert.Equal([true, false, false, false], engines.Named.Select(engine => engine.IsPrivate));
        Assert.Equal("docker", EngineArguments.Parse(["docker=unix:///x"]).Named.Single().Name);
    }

    [Theory]
    [InlineData("two engines are called 'a': give one of them another name", "a=unix:///x", "a=unix:///y")]
    [InlineData("given 2 times, once without a name: give each a name, as --engine docker=unix:///run/docker.sock", "a=unix:///x", "unix:///y")]
    [InlineData("'A' is no name for an engine: take 1 to 20 lower-case letters, digits and '-', a letter first", "A=unix:///x")]
    [InlineData("'' is no name", "=unix:///x")]
    [InlineData("'docker@vm' is no name", "docker@vm=unix:///x")]
    [InlineData("'a|b' is no name", "a|b=unix:///x")]
    [InlineData("far=private: the harness starts engines called docker and podman alone: use one of these names, or give an address", "far=private")]
    [InlineData("private has no name: write --engine docker=private or --engine podman=private", "private")]
    public void A_mistake_is_one_line_with_the_remedy(string expected, params string[] values)
    {
        var message = Assert.Throws<HarnessException>(() => EngineArguments.Parse(values)).Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.StartsWith("--engine", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void A_continued_run_has_the_engines_that_it_began_with_wherever_they_listen_now()
    {
        var began = RunArguments.Parse(["run", "x", "--engine", "docker=private", "--engine", "podman=unix:///a"]);

        Assert.Equal(["private", "unix:///a"], RunArguments.Parse(["run", "--resume"]).EnginesOf(began).Named.Select(engine => engine.Where));
        Assert.Equal(
            ["unix:///b", "private"],
            RunArguments.Parse(["run", "--resume", "--engine", "podman=unix:///b", "--engine", "docker=private"]).EnginesOf(began).Named.Select(engine => engine.Where));
        Assert.Equal(
            "the run began with the engines docker, podman, not with the engines docker: give --engine with the same names, or leave it out",
            Assert.Throws<HarnessException>(() => RunArguments.Parse(["run", "--resume", "--engine", "docker=private"]).EnginesOf(began)).Message);
        Assert.Contains("not with one engine without a name", Assert.Throws<HarnessException>(() => RunArguments.Parse(["run", "--engine", "unix:///x"]).EnginesOf(began)).Message, StringComparison.Ordinal);
        Assert.Contains(
            "this one as --engine far=…",
            Assert.Throws<HarnessException>(() => RunArguments.Parse(["run", "--resume"]).EnginesOf(RunArguments.Parse(["run", "--engine", "far=ssh://<redacted>@lab"]))).Message,
            StringComparison.Ordinal);
        // Without names it is as it was: whichever answers now.
        Assert.True(RunArguments.Parse(["run", "--resume"]).EnginesOf(RunArguments.Parse(["run", "--engine", "unix:///x"])).IsNone);
    }
}
