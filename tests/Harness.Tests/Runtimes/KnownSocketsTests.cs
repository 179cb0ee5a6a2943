using System.Runtime.InteropServices;
using Harness.Engines.Connecting;
using Harness.Engines.Endpoints;

namespace Harness.Tests.Runtimes;

public sealed class KnownSocketsTests
{
    private static readonly string[] _ofUser = ["rootless Docker", "rootless Podman"];

    [Fact]
    public void An_ordinary_users_own_engines_come_before_desktop_products() => Assert.Equal(
        ["unix:///run/user/1000/docker.sock", "unix:///run/user/1000/podman/podman.sock", "unix:///home/u/.docker/desktop/docker.sock"],
        KnownSockets.Of(OSPlatform.Linux, "/home/u", "/run/user/1000", isRoot: false).Take(3).Select(socket => socket.Address));

    [Theory]
    [InlineData("/run/user/0", true)]
    [InlineData(null, false)]
    [InlineData("", false)]
    public void Root_and_a_job_without_a_session_have_no_rootless_engine(string? runtime, bool isRoot) =>
        Assert.DoesNotContain(KnownSockets.Of(OSPlatform.Linux, "/root", runtime, isRoot), socket => _ofUser.Contains(socket.Engine));

    [Fact]
    public void Every_platforms_addresses_are_those_of_engines()
    {
        foreach (var platform in new[] { OSPlatform.Linux, OSPlatform.OSX })
        {
            var sockets = KnownSockets.Of(platform, "/home/u", "/run/user/1000", isRoot: false);
            Assert.All(sockets, socket => Assert.StartsWith("socket of ", EngineEndpoint.Parse(socket.Address, EngineEndpoint.ByKnownSocket(socket.Engine)).FoundBy, StringComparison.Ordinal));
            Assert.Equal(sockets.Length, sockets.Select(socket => socket.Address).Distinct().Count());
        }

        Assert.All(KnownSockets.Of(OSPlatform.Windows, @"C:\Users\u", null, isRoot: false), socket => Assert.StartsWith("npipe://./pipe/", socket.Address, StringComparison.Ordinal));
    }
}
