using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Harness.Engines.Contract;
using Harness.Engines.DockerApi;
using Harness.Sandboxes.Treatments;

namespace Harness.Tests.Runtimes;

/// <summary>What a Podman service tells, and what its containers show.</summary>
public sealed class PodmanTests
{
    // As 4.3.1 on Debian 12 answers, shortened.
    private const string Info = """
        {"host":{"arch":"amd64","cgroupManager":"cgroupfs","conmon":{"package":"conmon_2.1.6+ds1-1_amd64","path":"/usr/bin/conmon","version":"conmon version 2.1.6, commit: unknown"},
        "ociRuntime":{"name":"runc","package":"runc_1.1.5+ds1-1+deb12u1_amd64","path":"/usr/bin/runc","version":"runc version 1.1.5+ds1\ncommit: 1.1.5+ds1-1+deb12u1\nspec: 1.0.2-dev"},
        "security":{"apparmorEnabled":false,"capabilities":"CAP_CHOWN,CAP_KILL","rootless":false,"seccompEnabled":true}},"version":{"APIVersion":"4.3.1","Version":"4.3.1"}}
        """;

    private static readonly ImmutableArray<string> _conmon =
    [
        "/usr/bin/conmon", "--api-version", "1", "-c", "d92f", "-u", "d92f", "-r", "/usr/bin/runc", "-b", "/store/overlay-containers/d92f/userdata",
        "-p", "/run/overlay-containers/d92f/userdata/pidfile", "-n", "harness-r-s", "--runtime-arg", "--log-format=json", "--exit-command", "/usr/bin/podman",
    ];

    [Fact]
    public void Its_own_API_tells_the_runtime_of_all_its_containers()
    {
        var info = Libpod.ParseInfo(Info);

        Assert.Equal(("runc", "/usr/bin/runc", "1.1.5+ds1", "2.1.6"), (info.Runtime, info.Program, info.Version, info.Conmon));
        Assert.Equal(["CAP_CHOWN", "CAP_KILL"], info.Capabilities);
        Assert.Equal("runsc-ptrace", Libpod.ParseInfo(Info.Replace("\"name\":\"runc\"", "\"name\":\"/opt/runsc-ptrace\"", StringComparison.Ordinal)).Runtime);
    }

    [Theory]
    [InlineData("\"rootless\":false", "v1", "[]", false, null)]
    [InlineData("\"rootless\":true", "v1", "[]", true, "it runs without root under cgroup v1")]
    [InlineData("\"rootless\":true", "v2", "[\"cpu\",\"memory\",\"pids\"]", true, null)]
    [InlineData("\"rootless\":true", "v2", "[\"cpu\",\"pids\"]", true, "it runs without root, and its user was not given the cgroup controllers 'memory' and 'pids'")]
    public void Without_root_it_tells_whether_it_can_keep_limits(string rootless, string version, string controllers, bool isRootless, string? unlimited)
    {
        var info = Libpod.ParseInfo(Info.Replace("\"rootless\":false", rootless, StringComparison.Ordinal).Replace("\"arch\"", $"\"cgroupVersion\":\"{version}\",\"cgroupControllers\":{controllers},\"arch\"", StringComparison.Ordinal));

        Assert.Equal((isRootless, unlimited), (info.IsRootless, info.Unlimited));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"host\":{}}")]
    [InlineData("{\"host\":{\"ociRuntime\":{\"name\":\"\"}}}")]
    [InlineData("{\"host\":{\"ociRuntime\":{\"name\":7}}}")]
    public void A_service_that_does_not_tell_it_is_an_error_and_no_guess(string answer) =>
        Assert.Contains("by which runtime", Assert.Throws<IOException>(() => Libpod.ParseInfo(answer)).Message, StringComparison.Ordinal);

    [Fact]
    public void What_it_says_of_a_container_is_put_in_Dockers_words()
    {
        var told = DockerAnswers.OfPodman(
            new ContainerInspection { Host = new ContainerHost { Runtime = "oci", PidMode = "private", UtsMode = "host", Ulimits = [new ContainerUlimit("RLIMIT_NOFILE", 1024, 1024)] } },
            "/usr/bin/crun");

        Assert.Equal(("crun", "", "host", "nofile"), (told.Host!.Runtime, told.Host.PidMode, told.Host.UtsMode, told.Host.Ulimits[0].Name));
    }

    [Fact]
    public void Only_a_conmon_that_stands_by_a_container_is_taken_for_one()
    {
        Assert.NotNull(ConmonBundle.Of(1, _conmon));
        Assert.Null(ConmonBundle.Of(1, _conmon.SetItem(0, "/usr/bin/conman")));
        // It serves a command in a container that is there already.
        Assert.Null(ConmonBundle.Of(1, _conmon.Add("-e")));
        Assert.Null(ConmonBundle.Of(1, ["conmon", "--version"]));
    }

    [Theory]
    [InlineData("top", true)]
    [InlineData("base", false)]
    [InlineData("strange", null)]
    public void The_layers_at_a_containers_root_are_the_images_or_are_not(string mounted, bool? same)
    {
        var store = Directory.CreateTempSubdirectory("h-");
        try
        {
            var description = """{"architecture":"amd64","rootfs":{"type":"layers","diff_ids":["sha256:a","sha256:b"]}}""";
            var id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(description)));
            Write($"overlay-images/{id}/={Convert.ToBase64String(Encoding.ASCII.GetBytes($"sha256:{id}"))}", description);
            Write("overlay-layers/layers.json", """[{"id":"base","diff-digest":"sha256:a"},{"id":"top","parent":"base","diff-digest":"sha256:b"},{"id":"cut","parent":"gone","diff-digest":"sha256:b"}]""");
            Directory.CreateDirectory(Path.Combine(store.FullName, "overlay", "l"));
            File.CreateSymbolicLink(Path.Combine(store.FullName, "overlay", "l", "SHORT"), $"../{mounted}/diff");
            var mount = $"46 42 0:40 / /x/merged rw - overlay overlay rw,lowerdir={store.FullName}/overlay/l/SHORT:l/OTHER,upperdir={store.FullName}/overlay/own/diff,workdir=/w";

            Assert.Equal(same, PodmanImage.Judge(mount, "", $"sha256:{id}")?.Holds);
            // A description whose digest is not the id is another image's.
            File.AppendAllText(Directory.EnumerateFiles(Path.Combine(store.FullName, "overlay-images", id)).Single(), " ");
            Assert.Null(PodmanImage.Judge(mount, "", $"sha256:{id}"));
        }
        finally
        {
            store.Delete(recursive: true);
        }

        void Write(string name, string text)
        {
            var path = Path.Combine(store.FullName, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
        }
    }
}
