using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Harness.Core;
using Harness.Engines.Connecting;
using Harness.Engines.Contract;
using Harness.Engines.Endpoints;
using Harness.Engines.PrivateEngine;
using Harness.Host.Paths;
using Harness.Instruments.Footprint;

namespace Harness.Tests.Runtimes;

public sealed class EngineTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("harness-engine-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_option_wins_over_DOCKER_HOST_and_that_over_the_context()
    {
        Context("lab", "unix:///run/lab.sock");
        var search = new EngineSearch { DockerFolder = _folder, DefaultAddress = "unix:///none", ContextName = "lab" };

        Assert.Equal("/run/lab.sock", EngineLocator.Named(search)!.Address.AbsolutePath);
        Assert.Equal(EngineEndpoint.ByEnvironment, EngineLocator.Named(search with { DockerHost = "tcp://127.0.0.1:2375" })!.FoundBy);
        Assert.Equal("unix:///a", EngineLocator.Named(search with { DockerHost = "tcp://127.0.0.1:2375", Option = "unix:///a" })!.Address.OriginalString);
    }

    [Fact]
    public void The_current_context_is_read_as_Docker_stores_it()
    {
        Context("lab", "tcp://10.0.0.1:2375");
        File.WriteAllText(Path.Combine(_folder, "config.json"), """{"auths":{},"currentContext":"lab"}""");

        Assert.Equal("tcp://10.0.0.1:2375", DockerContext.CurrentAddress(_folder, null));
        Assert.Null(DockerContext.CurrentAddress(_folder, "default"));
    }

    [Fact]
    public void Without_settings_there_is_no_context() => Assert.Null(DockerContext.CurrentAddress(_folder, null));

    [Fact]
    public void A_context_that_is_gone_is_an_error_with_a_remedy() =>
        Assert.Contains("--engine", Assert.Throws<HarnessException>(() => DockerContext.CurrentAddress(_folder, "lost")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("docker")]
    [InlineData("ssh://user:password@host")]
    [InlineData("ssh://host?x=1")]
    [InlineData("unix://")]
    [InlineData("ftp://host")]
    public void An_address_that_cannot_be_used_is_one_line_with_the_remedy(string address)
    {
        var message = Assert.Throws<HarnessException>(() => EngineEndpoint.Parse(address, EngineEndpoint.ByOption)).Message;

        Assert.Contains("--engine unix:///PATH", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Theory]
    [InlineData("ssh://lab", "-T -o BatchMode=yes -o ConnectTimeout=10 -- lab docker system dial-stdio")]
    [InlineData("ssh://me@lab:2222", "-T -o BatchMode=yes -o ConnectTimeout=10 -l me -p 2222 -- lab docker system dial-stdio")]
    [InlineData("ssh://lab/run/user/1/docker.sock", "-T -o BatchMode=yes -o ConnectTimeout=10 -- lab docker --host 'unix:///run/user/1/docker.sock' system dial-stdio")]
    [InlineData("ssh://lab/a';rm%20x", @"-T -o BatchMode=yes -o ConnectTimeout=10 -- lab docker --host 'unix:///a'\'';rm x' system dial-stdio")]
    public void An_engine_behind_ssh_is_dialled_as_Docker_s_own_command_line_dials_it(string address, string arguments)
    {
        var endpoint = EngineEndpoint.Parse(address, EngineEndpoint.ByOption);

        Assert.Equal(arguments, string.Join(' ', SshConnection.Arguments(endpoint.Address)));
        Assert.Equal("over ssh to lab", endpoint.Reached);
        // Wherever it ends, none of this machine's files, processes or clocks are the engine's, and nobody reads along.
        Assert.Equal((false, false), (endpoint.HasLocalAddress, endpoint.IsOpenWire));
        Assert.False((endpoint with { Address = new Uri("ssh://localhost") }).HasLocalAddress);
    }

    [Theory]
    [InlineData("Host key verification failed.\r\n", "compare the host's key")]
    [InlineData("root@lab: Permission denied (publickey).\n", "asks for no password")]
    [InlineData("bash: line 1: docker: command not found\n", "needs Docker's command line")]
    [InlineData("", "it said nothing")]
    public void What_ssh_says_is_told_with_its_remedy(string errors, string remedy)
    {
        Assert.Contains(remedy, SshConnection.Explain(errors), StringComparison.Ordinal);
        Assert.DoesNotContain('\n', SshConnection.Explain(errors));
    }

    [Fact]
    public void An_engine_that_only_runs_boot_is_no_address() =>
        Assert.Contains("'run', 'all' and 'plan' alone", Assert.Throws<HarnessException>(() => EngineEndpoint.Parse("docker@vm", EngineEndpoint.ByOption)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task A_named_engine_that_does_not_answer_is_an_error_and_not_passed_over()
    {
        var search = new EngineSearch { DockerFolder = _folder, DefaultAddress = "unix:///none", DockerHost = $"unix://{_folder}/no.sock" };

        var error = await Assert.ThrowsAsync<HarnessException>(() => EngineLocator.FindAsync(search, TestContext.Current.CancellationToken));

        Assert.Contains("DOCKER_HOST", error.Message, StringComparison.Ordinal);
        Assert.Contains("--engine", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_default_socket_that_nobody_serves_is_no_engine()
    {
        var socket = Path.Combine(_folder, "stale.sock");
        await File.WriteAllTextAsync(socket, "", TestContext.Current.CancellationToken);
        var search = new EngineSearch { DockerFolder = _folder, DefaultAddress = "unix://" + socket };

        Assert.Null(await EngineLocator.FindAsync(search, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void What_listens_at_a_socket_is_an_engine_where_a_row_of_the_table_names_its_program()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc");
        var path = Path.Combine(_folder, "s");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        socket.Listen();

        Assert.Contains("', not dockerd or podman: ", Assert.Throws<IOException>(() => EngineProcesses.Behind(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_sockets_that_listen_at_a_path_are_an_engines_and_not_its_clients() => Assert.Equal([7001L], EngineProcesses.Inodes(
        """
        Num       RefCount Protocol Flags    Type St Inode Path
        0000000000000000: 00000002 00000000 00010000 0001 01  7001 /run/docker sock/d.sock
        0000000000000000: 00000003 00000000 00000000 0001 03  7002 /run/docker sock/d.sock
        0000000000000000: 00000002 00000000 00010000 0001 01  7003 /run/docker.sock
        0000000000000000: 00000003 00000000 00000000 0001 03  7004
        """, "/run/docker sock/d.sock"));

    [Fact]
    public void The_private_daemons_settings_name_gVisor_with_what_it_needs()
    {
        var json = DaemonSettings.Json(program => program == "runsc" ? "/usr/bin/runsc" : null);

        Assert.Contains("\"--platform=ptrace\"", json, StringComparison.Ordinal);
        Assert.Contains("\"--ignore-cgroups\"", json, StringComparison.Ordinal);
        Assert.DoesNotContain("crun", json, StringComparison.Ordinal);
    }

    [Fact]
    public void The_private_daemon_shares_no_path_socket_or_firewall_with_the_machines_own()
    {
        var paths = new EnginePaths("/cache/harness");
        var arguments = DaemonSettings.Arguments(paths, bridge: null);

        Assert.Contains("--iptables=false", arguments);
        Assert.Contains("--bridge=none", arguments);
        Assert.All(arguments.Where(argument => argument.Contains('/', StringComparison.Ordinal)), argument => Assert.Contains(paths.Root, argument, StringComparison.Ordinal));
    }

    [Fact]
    public void A_private_daemons_bridge_is_its_own_and_its_name_fits_the_kernels_limit()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "bridges are Linux's");
        string[] names = [.. new[] { "/cache/harness", "/cache2/harness" }.Select(root => DaemonBridge.Name(new EnginePaths(root)))];

        Assert.NotEqual(names[0], names[1]);
        Assert.All(names, name => Assert.InRange(name.Length, 1, 15));
        var arguments = DaemonSettings.Arguments(new EnginePaths("/cache/harness"), names[0]);
        Assert.Contains("--bridge=" + names[0], arguments);
        Assert.Contains("--iptables=false", arguments);
        Assert.Contains("--ip-forward=false", arguments);
    }

    [Fact]
    public void A_cache_too_deep_for_sockets_is_said_before_anything_is_started() =>
        Assert.Contains("XDG_CACHE_HOME", new EnginePaths("/" + new string('a', 90)).TooDeep!, StringComparison.Ordinal);

    [Theory]
    [InlineData("OCI runtime create failed: exec: \"/x\": stat /x: no such file or directory", false)]
    [InlineData("OCI runtime create failed: exec: \"/.harness/agent\": executable file not found in $PATH", false)]
    [InlineData("mkdir /sys/fs/cgroup/cpu/docker/1: no such file or directory: unknown", false)]
    [InlineData("exec /.harness/agent: exec format error", true)]
    [InlineData("OCI runtime create failed: unknown version specified", false)]
    public void Only_a_program_of_another_architecture_is_the_images_doing_all_else_is_the_engines(string message, bool isRefused) =>
        Assert.Equal(isRefused, EngineErrors.IsRefusal(message));

    [Theory]
    [InlineData("Get \"https://r.example/v2/\": dial tcp: lookup r.example: no such host", true)]
    [InlineData("Get \"https://r.example/v2/\": EOF", true)]
    [InlineData("failed to copy: httpReadSeeker: failed open: unexpected EOF", true)]
    [InlineData("manifest for geoffrey/EOF:1 not found: manifest unknown", false)]
    [InlineData("manifest for a:b not found: manifest unknown", false)]
    [InlineData("pull access denied for a, repository does not exist", false)]
    public void An_unreachable_registry_is_told_from_a_missing_image(string message, bool isUnreachable) =>
        Assert.Equal(isUnreachable, EngineErrors.IsUnreachable(message));

    private void Context(string name, string address)
    {
        var folder = Path.Combine(_folder, "contexts", "meta", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name))));
        Directory.CreateDirectory(folder);
        var meta = new { Name = name, Endpoints = new { docker = new { Host = address, SkipTLSVerify = false } } };
        File.WriteAllText(Path.Combine(folder, "meta.json"), System.Text.Json.JsonSerializer.Serialize(meta));
    }
}
