using Harness.Engines.Endpoints;
using Harness.Host.Paths;
using Harness.Images.Userlands;

namespace Harness.Tests.Supply;

/// <summary>What a run pulled goes, engine by engine, and nothing else does.</summary>
public sealed class PulledImagesTests : IDisposable
{
    private const string Reference = "docker.io/library/alpine:3.20";

    private static readonly string _id = "sha256:" + new string('a', 64);
    private static readonly string _digest = "sha256:" + new string('b', 64);

    private readonly string _folder = Directory.CreateTempSubdirectory("harness-test-").FullName;
    private readonly List<string> _remarks = [];
    private readonly MemoryEngine _docker = new("unix:///docker.sock");
    private readonly MemoryEngine _podman = new("unix:///podman.sock");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private EnginePaths Paths => EnginePaths.At(_folder);

    public void Dispose()
    {
        _docker.Dispose();
        _podman.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task An_image_that_one_engine_of_a_run_had_stays_where_another_one_pulled_it()
    {
        _podman.Ids[Reference] = _id;
        using var docker = Of(_docker);
        using var podman = Of(_podman);
        await PullAsync(docker, _docker);
        await HoldAsync(podman);

        await Task.WhenAll(ReleaseAsync(docker), ReleaseAsync(podman));
        await docker.EndAsync(isFinished: true);
        await podman.EndAsync(isFinished: true);

        Assert.Empty(_docker.Ids);
        Assert.Equal([Reference], _podman.Ids.Keys);
        Assert.Empty(_remarks);
        Assert.Empty(Directory.GetFiles(Paths.PulledBy));
    }

    [Fact]
    public async Task Each_engine_of_a_run_lets_go_of_an_image_as_soon_as_its_own_last_trial_is_over()
    {
        using var docker = Of(_docker);
        using var podman = Of(_podman);
        await PullAsync(docker, _docker);
        await PullAsync(podman, _podman);

        await ReleaseAsync(docker);
        Assert.Empty(_docker.Ids);
        Assert.NotEmpty(_podman.Ids);
        // Its end must not make the other forget what it pulled.
        await docker.EndAsync(isFinished: true);
        await podman.EndAsync(isFinished: false);

        using var resumed = Of(_podman);
        await HoldAsync(resumed);
        await ReleaseAsync(resumed);
        Assert.Empty(_podman.Ids);
        Assert.Empty(_remarks);
    }

    [Fact]
    public async Task In_one_engine_an_image_stays_as_long_as_another_run_uses_it()
    {
        using var one = Of(_docker);
        using var other = Of(_docker, run: "other");
        await PullAsync(one, _docker);
        await HoldAsync(other);

        await ReleaseAsync(one);

        Assert.NotEmpty(_docker.Ids);
        Assert.Contains("another run uses it", Assert.Single(_remarks), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_VMs_have_of_an_image_stays_as_long_as_another_engine_s_run_has_the_image()
    {
        Directory.CreateDirectory(Paths.Machines);
        string[] files = [MachineFiles.Tar(Paths, _id), MachineFiles.Disk(Paths, _digest)];
        foreach (var file in files)
            File.WriteAllText(file, "x");
        using var docker = Of(_docker);
        using var podman = Of(_podman, run: "other");
        await PullAsync(docker, _docker);
        await PullAsync(podman, _podman);

        await ReleaseAsync(docker);
        Assert.Empty(_docker.Ids);
        Assert.All(files, file => Assert.True(File.Exists(file)));

        await ReleaseAsync(podman);
        Assert.Empty(_podman.Ids);
        Assert.All(files, file => Assert.False(File.Exists(file)));
        Assert.Empty(_remarks);
    }

    [Fact]
    public async Task An_engine_that_ends_with_the_run_keeps_no_image_in_another_one()
    {
        using var docker = Of(_docker);
        var machine = new EngineEndpoint(new Uri("tcp://127.0.0.1:4711"), EngineEndpoint.ByMachine);
        using var inVm = new PulledImages(_podman.Store, machine.Identity, Paths, "r", _remarks.Add);
        await PullAsync(docker, _docker);
        await HoldAsync(inVm);
        Directory.CreateDirectory(Paths.Machines);
        File.WriteAllText(MachineFiles.Tar(Paths, _id), "x");

        await ReleaseAsync(docker);

        Assert.Empty(_docker.Ids);
        Assert.False(File.Exists(MachineFiles.Tar(Paths, _id)));
        Assert.Empty(_remarks);
    }

    [Fact]
    public void An_engine_is_the_same_by_whatever_link_its_socket_is_named()
    {
        var socket = Path.Combine(_folder, "docker.sock");
        File.WriteAllText(socket, "");
        File.CreateSymbolicLink(Path.Combine(_folder, "link"), socket);

        Assert.Equal(Identity($"unix://{socket}"), Identity($"unix://{_folder}/link"));
        Assert.NotEqual(Identity($"unix://{socket}"), Identity("unix:///podman.sock"));
        Assert.NotEqual(Identity("ssh://me@lab"), Identity("ssh://me@lab/run/podman.sock"));
    }

    private static string? Identity(string address) => EngineEndpoint.Parse(address, EngineEndpoint.ByOption).Identity;

    private PulledImages Of(MemoryEngine engine, string run = "r") => new(engine.Store, engine.Connection.Endpoint.Identity, Paths, run, _remarks.Add);

    private static async Task PullAsync(PulledImages pulled, MemoryEngine engine)
    {
        await pulled.BeginAsync(Reference, Cancellation);
        engine.Ids[Reference] = _id;
        await HoldAsync(pulled);
    }

    private static async Task HoldAsync(PulledImages pulled)
    {
        Assert.True(await pulled.HoldAsync(_id, Cancellation));
        await pulled.HoldFilesAsync(_id, _digest, Cancellation);
    }

    private static Task ReleaseAsync(PulledImages pulled) => pulled.RemoveAsync(Reference, _id, _digest, Cancellation);
}
