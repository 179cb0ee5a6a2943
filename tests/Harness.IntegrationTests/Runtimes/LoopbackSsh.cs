using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Harness.Host.Processes;

namespace Harness.IntegrationTests.Runtimes;

/// <summary>A real sshd on loopback with keys of its own, and an <c>ssh</c> that knows them: the system's, with a settings file of the test's.</summary>
[SupportedOSPlatform("linux")]
internal sealed class LoopbackSsh : IDisposable
{
    private readonly string _root;
    private readonly Process _server;

    private LoopbackSsh(string root, Process server, int port) => (_root, _server, Port) = (root, server, port);

    internal int Port { get; }

    /// <summary>A folder for PATH whose <c>ssh</c> has the test's key and known hosts.</summary>
    internal string Programs => Path.Combine(_root, "bin");

    /// <summary>The address of an engine's socket behind it.</summary>
    internal string Address(string socket) => string.Create(CultureInfo.InvariantCulture, $"ssh://root@127.0.0.1:{Port}{socket}");

    internal static async Task<LoopbackSsh> StartAsync()
    {
        var sshd = await Tools.RequireAsync("sshd", "openssh-server");
        var ssh = await Tools.RequireAsync("ssh", "openssh-client");
        var root = Directory.CreateTempSubdirectory("h-").FullName;
        foreach (var key in new[] { "host", "user" })
            await RunAsync("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", Path.Combine(root, key));
        var port = FreePort();
        // Where it drops its privileges; the service's own start would make it.
        Directory.CreateDirectory("/run/sshd");
        await File.WriteAllTextAsync(Path.Combine(root, "sshd_config"), $"""
            ListenAddress 127.0.0.1:{port}
            HostKey {root}/host
            AuthorizedKeysFile {root}/user.pub
            PidFile none
            StrictModes no
            UsePAM no
            PasswordAuthentication no
            PermitRootLogin prohibit-password
            MaxStartups 100
            """ + "\n", Cancellation);
        await File.WriteAllTextAsync(Path.Combine(root, "known"), $"[127.0.0.1]:{port} {await File.ReadAllTextAsync(Path.Combine(root, "host.pub"), Cancellation)}", Cancellation);
        await File.WriteAllTextAsync(Path.Combine(root, "ssh_config"), $"""
            IdentityFile {root}/user
            IdentitiesOnly yes
            UserKnownHostsFile {root}/known
            GlobalKnownHostsFile none
            StrictHostKeyChecking yes
            """ + "\n", Cancellation);
        var script = Path.Combine(Directory.CreateDirectory(Path.Combine(root, "bin")).FullName, "ssh");
        await File.WriteAllTextAsync(script, $"#!/bin/sh\nexec {ssh} -F {root}/ssh_config \"$@\"\n", Cancellation);
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var server = Process.Start(new ProcessStartInfo(sshd, ["-D", "-f", Path.Combine(root, "sshd_config"), "-E", Path.Combine(root, "log")]))!;
        var result = new LoopbackSsh(root, server, port);
        for (var tries = 0; tries < 200 && !Answers(port); tries++)
            await Task.Delay(50, Cancellation);
        return result;
    }

    /// <summary>From now on it is another host than the one that was known.</summary>
    internal void Forget() => File.WriteAllText(Path.Combine(_root, "known"), "");

    /// <summary>Processes of it and of those who go through it, but for the server itself.</summary>
    internal IEnumerable<string> Connections() => ProcessTable.All()
        .Select(process => string.Join(' ', ProcessTable.Arguments(process.Id)))
        .Where(line => line.Contains(_root, StringComparison.Ordinal) && !line.Contains("sshd", StringComparison.Ordinal));

    public void Dispose()
    {
        _server.Kill(entireProcessTree: true);
        _server.WaitForExit();
        _server.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static async Task RunAsync(string program, params string[] arguments)
    {
        var result = await new Command(Machine.FindProgram(program) ?? program, [.. arguments]).RunAsync(Cancellation);
        Assert.True(result.ExitCode == 0, result.LastLine);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static bool Answers(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
