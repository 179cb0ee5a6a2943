using System.Collections.Immutable;
using Harness.Core.Model;
using Harness.Engines.Connecting;
using Harness.Runtimes.Diagnosis;

namespace Harness.Tests.Supply;

/// <summary>What <c>doctor</c> says of each engine of a host.</summary>
public sealed class EngineRowsTests
{
    private static readonly SurveyedEngine _docker = new("unix:///var/run/docker.sock", "default socket") { Facts = Facts("docker", "20.10.24", "runc"), Taken = "nothing names another, and it is the first that answers" };

    [Fact]
    public void The_engine_that_a_run_takes_says_why_and_what_it_lacks()
    {
        var row = EngineRows.Of(_docker, _docker);

        Assert.Equal(("engine at unix:///var/run/docker.sock", DoctorStatus.Ok, ""), (row.Check, row.Status, row.Remedy));
        Assert.Equal("docker 20.10.24, by default socket; a run takes it: nothing names another, and it is the first that answers; lacks runsc and crun", row.Found);
    }

    [Fact]
    public void Another_one_says_how_it_is_named_and_what_cannot_be_had_of_it()
    {
        var podman = new SurveyedEngine("unix:///run/podman/podman.sock", "socket of Podman") { Facts = Facts("podman", "4.3.1", "crun") with { DefaultRuntime = "crun" } };
        var far = new SurveyedEngine("ssh://lab", "context 'lab'") { Facts = Facts("docker", "28.5.0", "runc", "runsc", "crun"), IsHere = false };

        Assert.Equal("podman 4.3.1, by socket of Podman; a run does not take it by itself; lacks every OCI runtime but crun", EngineRows.Of(podman, _docker).Found);
        Assert.Equal("to run it, or to compare it with others, name it: --engine podman=unix:///run/podman/podman.sock", EngineRows.Of(podman, _docker).Remedy);
        Assert.EndsWith("; lacks times that count in comparisons, and what only its host can show (processes, symbols, clocks)", EngineRows.Of(far, _docker).Found, StringComparison.Ordinal);
    }

    [Fact]
    public void One_that_is_silent_is_broken_where_a_run_would_take_it_and_missing_elsewhere()
    {
        var named = new SurveyedEngine("tcp://lab:2376", "DOCKER_HOST") { Failure = "it does not answer (refused): start it", Taken = "DOCKER_HOST names it" };

        Assert.Equal(("by DOCKER_HOST; it does not answer (refused); a run takes it: DOCKER_HOST names it", DoctorStatus.Broken, "start it"), (EngineRows.Of(named, named).Found, EngineRows.Of(named, named).Status, EngineRows.Of(named, named).Remedy));
        Assert.Equal(DoctorStatus.Missing, EngineRows.Of(named with { Taken = null }, _docker).Status);
    }

    [Fact]
    public async Task Every_context_and_every_socket_is_looked_at_and_the_named_one_is_taken_although_it_is_silent()
    {
        var folder = Directory.CreateTempSubdirectory("h-").FullName;
        Context(folder, "lab", "unix:///nowhere/lab.sock");
        Context(folder, "mill", "unix:///nowhere/mill.sock");
        var search = new EngineSearch { DockerFolder = folder, DefaultAddress = "unix:///nowhere/docker.sock", ContextName = "mill" };

        var found = await EngineSurvey.LookAsync(search, TestContext.Current.CancellationToken);

        Directory.Delete(folder, recursive: true);
        Assert.Equal(["unix:///nowhere/mill.sock", "unix:///nowhere/lab.sock"], found.Where(engine => engine.FoundBy.StartsWith("context", StringComparison.Ordinal)).Select(engine => engine.Where));
        Assert.Equal(("context 'mill'", "context names it"), (found[0].FoundBy, found[0].Taken));
        Assert.NotNull(found[0].Failure);
        Assert.Null(found[1].Taken);
        // A socket that is not there is no engine.
        Assert.DoesNotContain(found, engine => engine.Where == "unix:///nowhere/docker.sock");
    }

    private static void Context(string folder, string name, string address)
    {
        var id = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(name)));
        var meta = Directory.CreateDirectory(Path.Combine(folder, "contexts", "meta", id)).FullName;
        File.WriteAllText(Path.Combine(meta, "meta.json"), "{\"Name\":\"" + name + "\",\"Endpoints\":{\"docker\":{\"Host\":\"" + address + "\"}}}");
    }

    private static EngineFacts Facts(string name, string version, params ImmutableArray<string> runtimes) => new() { Name = name, Version = version, ApiVersion = "1.41", FoundBy = "", Runtimes = runtimes };
}
