using Harness.Core.Model;
using Harness.Core.Running;
using Harness.Engines.Connecting;
using Harness.Host.Guarding;
using Harness.Host.Paths;
using Harness.Host.Provisioning;
using Harness.Images;
using Harness.Images.Userlands;
using Harness.Sandboxes.Containers;
using Harness.Sandboxes.Payload;
using Harness.Tests.Supply;

namespace Harness.Tests.Runtimes;

/// <summary>What cannot be had of an engine that speaks another API than Docker's.</summary>
public sealed class OtherApiTests
{
    // Docker's command line would fail in each trial, or reach what listens there by another API than the cell's name says.
    [Theory]
    [InlineData("path=cli")]
    [InlineData("net=bridge;path=cli")]
    [InlineData("net=bridge;path=testcontainers")]
    public async Task Programs_that_speak_Dockers_API_are_unavailable_with_it_before_anything_is_asked(string variant)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var paths = new EnginePaths(Path.GetTempPath());
        await using var guard = GuardLink.None();
        using var provisioner = new Provisioner(allowed: false, paths, guard, new Progress<string>());
        var options = new RuntimeOptions { RunId = "r", Userlands = [], AgentDirectory = paths.Root, Messages = new Progress<string>() };
        await using var session = new EngineSession(options, paths, guard, provisioner, cancellation, new Source());
        var runtime = new DockerRuntime("docker", "runc", session, new AgentFiles(paths.Root), paths, guard, cancellation);

        var preparation = await runtime.PrepareAsync(Cell.Parse($"debian:12|host|docker/runc||{variant}"), new Progress<string>(), cancellation);

        Assert.Equal("path=cli and path=testcontainers speak Docker's API, which this engine does not", Assert.IsType<Preparation.Unavailable>(preparation).Reason);
    }

    private sealed class Source : IEngineSource
    {
        public string Name => "docker";

        public Task<EngineConnection> StartAsync(CancellationToken cancellation) => Task.FromResult(new MemoryEngine().Connection);
    }
}
