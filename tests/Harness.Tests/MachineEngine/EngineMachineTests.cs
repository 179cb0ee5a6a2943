using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Harness.Core.Model;
using Harness.Core.Running;
using Harness.Engines.Connecting;
using Harness.Engines.Endpoints;
using Harness.Images.Kernels;
using Harness.Sandboxes.Containers;
using Harness.Sandboxes.MachineEngine;
using Harness.Sandboxes.Machines;

namespace Harness.Tests.MachineEngine;

public sealed class EngineMachineTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("harness-vm-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Only_the_one_client_gets_through_to_the_engine()
    {
        var certificates = EngineCertificates.Make(Folder("own"), DateTimeOffset.UtcNow);
        var others = EngineCertificates.Make(Folder("other"), DateTimeOffset.UtcNow);

        Assert.Equal("CN=client", await ShakeHandsAsync(certificates, certificates.Client.Options()));
        // As any other user of this host would come: without a certificate, or with one of another boot's.
        await Assert.ThrowsAnyAsync<Exception>(() => ShakeHandsAsync(certificates, new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = AnyEngine }));
        var foreign = others.Client.Options();
        foreign.RemoteCertificateValidationCallback = AnyEngine;
        await Assert.ThrowsAnyAsync<Exception>(() => ShakeHandsAsync(certificates, foreign));
        // And whoever has taken the port is not taken for the engine.
        await Assert.ThrowsAnyAsync<Exception>(() => ShakeHandsAsync(others, certificates.Client.Options()));
    }

    [Fact]
    public void A_clients_key_is_for_its_owner_alone_and_not_in_the_VM()
    {
        var certificates = EngineCertificates.Make(Folder("own"), DateTimeOffset.UtcNow);

        Assert.Equal(["ca.pem", "server-key.pem", "server.pem"], certificates.Engine.Keys);
        Assert.DoesNotContain(File.ReadAllText(certificates.Client.Key), certificates.Engine.Values.Select(file => Encoding.ASCII.GetString(file.AsSpan())));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(certificates.Client.Key));
        }
    }

    [Fact]
    public void A_guest_with_an_engine_is_reached_from_this_host_alone_and_reaches_nothing()
    {
        var machine = Machine();

        Assert.DoesNotContain("-netdev", machine.Arguments());
        var arguments = (machine with { Forwarded = 40001, Processors = 2 }).Arguments();
        Assert.Contains("user,id=net,restrict=on,ipv6=off,hostfwd=tcp:127.0.0.1:40001-10.0.2.15:2376", arguments);
        Assert.Equal("2", arguments[arguments.IndexOf("-smp") + 1]);
        Assert.Equal("1", machine.Arguments()[machine.Arguments().IndexOf("-smp") + 1]);
    }

    [Fact]
    public void Its_first_file_system_loads_the_disks_modules_first_and_then_those_of_the_engine()
    {
        var kernel = Machine().Kernel;
        foreach (var module in kernel.Modules.Concat(kernel.EngineModules))
        {
            File.WriteAllText(module, "module");
        }

        using var output = new MemoryStream();
        EngineInitramfs.Write(output, "init"u8.ToArray(), kernel, EngineCertificates.Make(Folder("own"), DateTimeOffset.UtcNow).Engine);

        var text = Encoding.Latin1.GetString(output.ToArray());
        Assert.Contains(
            "module /.harness/modules/0-00-ext4.ko\nmodule /.harness/modules/1-00-virtio_net.ko\nmodule /.harness/modules/2-01-overlay.ko\nroot /dev/vda ext4\nhand-over /.harness/engine\n",
            text, StringComparison.Ordinal);
        Assert.Contains("--tlsverify", text, StringComparison.Ordinal);
        Assert.Contains("\nhostname harness-vm\n", text, StringComparison.Ordinal);
        // No engine without a check of who speaks.
        Assert.DoesNotContain("-H tcp://0.0.0.0", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_container_that_did_not_run_in_the_booted_VM_contradicts_its_cell()
    {
        var machine = Machine() with { Mark = "harness.vm=0123456789abcdef" };
        Assert.Contains(" harness.vm=0123456789abcdef", machine.CommandLine, StringComparison.Ordinal);
        Assert.DoesNotContain("harness.vm", Machine().CommandLine, StringComparison.Ordinal);

        string[] States(params (string, string)[] facts) => [.. EngineTreatment.Judge(TreatmentFacts.Of(facts), machine).Select(reading => $"{reading.Aspect} {reading.State}")];
        Assert.Equal(
            ["engine Proven", "kernel Proven", "accelerator Proven"],
            States(("command line", machine.CommandLine), ("release", "6.1.0"), ("hypervisor", "TCGTCGTCGTCG")));
        // The host's own kernel, and another boot of the same one.
        Assert.Equal(
            ["engine Contradicted", "kernel Contradicted", "accelerator Contradicted"],
            States(("command line", "quiet"), ("release", "6.18.0"), ("hypervisor", "KVMKVMKVM")));
        Assert.Equal("engine Contradicted", States(("command line", machine.CommandLine.Replace("0123", "3210", StringComparison.Ordinal)), ("release", "6.1.0"))[0]);
        Assert.Equal(["engine OnlyAsked", "kernel OnlyAsked", "accelerator OnlyAsked"], States());
    }

    [Fact]
    public void What_a_guest_says_last_is_one_harmless_line()
    {
        var line = new EngineLine();
        Assert.Equal(("", null), (line.Last, line.FirstTimestamp));

        line.Write("dockerd started\r\ndockerd "u8);
        line.Write("ended: \u001b[31mno\u001b[0m\r\n"u8);

        Assert.Equal(@"dockerd ended: \x1b[31mno\x1b[0m", line.Last);
        Assert.NotNull(line.FirstTimestamp);
        line.Write(Encoding.ASCII.GetBytes(new string('x', 100_000)));
        Assert.InRange(line.Last.Length, 1, 201);
    }

    [Fact]
    public async Task Nothing_of_this_host_stands_for_containers_in_its_VM()
    {
        var endpoint = new EngineEndpoint(new Uri("tcp://127.0.0.1:40001"), EngineEndpoint.ByMachine);
        var locality = new EngineLocality(Cancellation);

        await locality.FindAsync(endpoint, _ => throw new InvalidOperationException("no container is needed to know"), Cancellation);

        Assert.Contains(OperatingSystem.IsLinux() ? "VM that the harness booted" : "not run on Linux", locality.Elsewhere, StringComparison.Ordinal);
        Assert.False(endpoint.IsPrivate);
        Assert.False(endpoint.IsExplicit);
    }

    [Fact]
    public async Task Whether_it_sees_this_systems_files_is_tried_and_not_taken_from_its_address()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "mounts of folders are Linux's");
        var tried = 0;
        var files = new SharedFiles(_folder, _ =>
        {
            tried++;
            return Task.FromResult<string?>("bind source path does not exist: /x");
        }, Cancellation);

        Assert.Equal("the engine is not on this host", await files.MissingAsync(new EngineEndpoint(new Uri("tcp://127.0.0.1:40001"), EngineEndpoint.ByOption), Cancellation));
        Assert.StartsWith("bind source", await files.MissingAsync(new EngineEndpoint(new Uri("tcp://127.0.0.1:40001"), EngineEndpoint.ByMachine), Cancellation), StringComparison.Ordinal);
        Assert.Equal(1, tried);
    }

    // One who does not care whose engine it is.
    private static bool AnyEngine(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) => errors != SslPolicyErrors.RemoteCertificateNotAvailable;

    private string Folder(string name) => Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;

    private MachineSettings Machine() => new()
    {
        Name = "harness-1-1-run-engine",
        Kernel = new KernelImage(null, Path.Combine(_folder, "vmlinuz"), [Path.Combine(_folder, "00-ext4.ko")], new KernelLock
        {
            Id = "debian-bookworm",
            Release = "6.1.0",
            Source = "path",
            ImageSha256 = "",
            ImageBytes = 0,
            Pvh = false,
            Check = "",
        })
        {
            EngineModules = [Path.Combine(_folder, "00-virtio_net.ko"), Path.Combine(_folder, "01-overlay.ko")],
        },
        Initramfs = Path.Combine(_folder, "initramfs"),
        Shape = "q35",
        Accelerator = "tcg",
        Variant = new MachineVariant(),
        MemoryBytes = 1 << 30,
    };

    // As dockerd --tlsverify does it: the client's certificate has to be of its own authority. Returns whom the engine saw.
    private static async Task<string?> ShakeHandsAsync(EngineCertificates engine, SslClientAuthenticationOptions client)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        var port = new TaskCompletionSource<int>();
        var serving = ServeAsync(port, engine, limit.Token);
        using var socket = new TcpClient();
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, await port.Task), limit.Token);
        await using var stream = new SslStream(socket.GetStream());
        client.TargetHost = "127.0.0.1";
        try
        {
            await stream.AuthenticateAsClientAsync(client, limit.Token);
            // With TLS 1.3 a refusal comes with the first reading.
            return await stream.ReadAsync(new byte[1], limit.Token) == 1 ? await serving : throw new AuthenticationException("the engine hung up");
        }
        finally
        {
            socket.Close();
            await serving.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private static async Task<string?> ServeAsync(TaskCompletionSource<int> port, EngineCertificates engine, CancellationToken cancellation)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        port.SetResult(((IPEndPoint)listener.LocalEndpoint).Port);
        using var socket = await listener.AcceptTcpClientAsync(cancellation);
        using var authority = X509Certificate2.CreateFromPem(Text("ca.pem"));
        using var pem = X509Certificate2.CreateFromPem(Text("server.pem"), Text("server-key.pem"));
        using var own = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
        await using var stream = new SslStream(socket.GetStream());
        await stream.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions
            {
                ServerCertificate = own,
                ClientCertificateRequired = true,
                RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                {
                    using var chain = new X509Chain();
                    chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
                    chain.ChainPolicy.CustomTrustStore.Add(authority);
                    chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
                    return certificate is not null && chain.Build(new X509Certificate2(certificate));
                },
            },
            cancellation);
        var name = stream.RemoteCertificate?.Subject;
        await stream.WriteAsync("."u8.ToArray(), cancellation);
        return name;

        string Text(string file) => Encoding.ASCII.GetString(engine.Engine[file].AsSpan());
    }
}
