using System.Runtime.Versioning;
using System.Text.Json;
using Harness.Engines.Endpoints;
using Harness.Engines.PrivateEngine;
using Harness.IntegrationTests.Cli;
using Harness.Runtimes;

namespace Harness.IntegrationTests.Runtimes;

/// <summary>Pulls, and an engine that is the user's own.</summary>
[Collection(OneEngineAtATime.Name)]
[SupportedOSPlatform("linux")]
public sealed class UsersEnginePullTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_users_engine_keeps_its_images_and_nothing_is_pulled_beside_it()
    {
        await EngineMachine.NeedAsync("dockerd", "busybox");
        using var registry = await LoopbackRegistry.StartAsync();
        using var repository = new Repository();
        using var users = new EngineMachine();
        // Stands for the user's own: not started by the run, which is told its address.
        await using var daemon = await PrivateDaemon.JoinAsync(users.Paths, new Progress<string>(), Cancellation);
        await using (var owner = await RuntimeSet.CreateAsync(users.Options("user"), Cancellation))
            await owner.ResolveAsync("busybox:static", Cancellation);
        var engine = "unix://" + users.Paths.Socket;
        foreach (string[] arguments in new[] { (string[])["images", "lock", "busybox:static"], ["images", "mirror", "--to", $"{registry.Host}/h"] })
            Assert.Equal(0, (await repository.HarnessAsync([.. arguments, "--engine", engine])).ExitCode);
        var before = await ImagesAsync(users);

        var run = await repository.HarnessAsync(
            "run", "startup", "--quick", "--run-id", "r", "--filter", "busybox:static|host|docker/runc||", "--engine", engine, "--mirror", $"images={registry.Host}/h");

        Assert.True(run.ExitCode == 0, run.ToString());
        var pulls = Rows.Trials(repository.Run("r")).Where(row => row["probe"] == "pull").ToList();
        Assert.Equal(3, pulls.Count);
        Assert.All(pulls, row => Assert.Equal(
            ("unavailable", "the engine is the user's own (from --engine), whose images stay: pulls are measured where no engine is named or running, and the harness starts one"),
            (row["outcome"], row["detail"])));
        Assert.Equal(before, await ImagesAsync(users));
        Assert.False(Directory.Exists(Path.Combine(repository.Cache, "harness", "pull")));
    }

    private static async Task<string> ImagesAsync(EngineMachine machine)
    {
        using var images = JsonDocument.Parse(await EngineWire.GetAsync(PrivateDaemon.EndpointOf(machine.Paths), "/images/json?all=1", TimeSpan.FromSeconds(5), Cancellation));
        return string.Join('\n', images.RootElement.EnumerateArray().Select(image => image.GetRawText()).Order(StringComparer.Ordinal));
    }
}
