using System.Security.Cryptography;
using Harness.Core;
using Harness.Host.Processes;
using Harness.Host.Provisioning;

namespace Harness.Images.Userlands;

/// <summary>Makes a userland of one static program: the machine's own busybox, else the one of the package, unpacked and not installed.</summary>
internal sealed class BusyboxBootstrap(Provisioner provisioner)
{
    private const string Package = "busybox-static";

    private static readonly ImmutableArray<string> Folders = ["bin/", "dev/", "etc/", "proc/", "root/", "run/", "sbin/", "sys/", "usr/", "usr/bin/", "usr/sbin/", "var/"];

    /// <summary>Writes the layer into a folder.</summary>
    internal async Task<BootstrappedLayer> MakeAsync(string architecture, string folder, CancellationToken cancellation)
    {
        if (Machine.DebianArchitecture(Machine.Architecture) != architecture)
            throw new HarnessException($"busybox for {architecture} cannot be made on {Machine.Architecture}: pull an image instead");
        var program = FindStatic() ?? await FetchAsync(folder, cancellation);
        var applets = await RunAsync(program, ["--list-full"], cancellation);
        var banner = await RunAsync(program, ["--help"], cancellation);
        // "BusyBox v1.35.0 (Debian 1:1.35.0-4+b7) multi-call binary."
        var version = banner.Split('\n')[0].Split(" multi-call", 2)[0].Replace("BusyBox v", "", StringComparison.Ordinal);
        var layer = Path.Combine(folder, "layer.tar");
        await using (var output = File.Create(layer))
            await WriteAsync(output, program, version, [.. applets.Split('\n', StringSplitOptions.RemoveEmptyEntries)], cancellation);
        await using var content = File.OpenRead(layer);
        return new BootstrappedLayer(layer, new Provenance
        {
            Kind = "busybox",
            LayerSha256 = Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellation)),
            Packages = ImmutableSortedDictionary<string, string>.Empty.Add("busybox", version),
        });
    }

    /// <summary>The layer: the program, a link for each applet, and the few files that tools expect.</summary>
    internal static async Task WriteAsync(Stream output, string program, string version, ImmutableArray<string> applets, CancellationToken cancellation)
    {
        await using var tar = new ReproducibleTar(output, DateTimeOffset.UnixEpoch);
        foreach (var name in Folders)
            await tar.FolderAsync(name, ReproducibleTar.Executable, cancellation);
        await tar.FolderAsync("tmp/", ReproducibleTar.Shared, cancellation);
        await tar.FolderAsync("var/tmp/", ReproducibleTar.Shared, cancellation);
        await tar.TextAsync("etc/group", ReproducibleTar.File, "root:x:0:\nnogroup:x:65534:\n", cancellation);
        await tar.TextAsync("etc/os-release", ReproducibleTar.File, $"NAME=BusyBox\nID=busybox\nVERSION_ID={version.Split(' ')[0]}\nPRETTY_NAME=\"BusyBox {version}\"\n", cancellation);
        await tar.TextAsync("etc/passwd", ReproducibleTar.File, "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n", cancellation);
        await using (var content = File.OpenRead(program))
            await tar.FileAsync("bin/busybox", ReproducibleTar.Executable, content, cancellation);
        foreach (var applet in applets.Where(applet => applet != "bin/busybox" && Folders.Contains(applet[..(applet.LastIndexOf('/') + 1)])).Order(StringComparer.Ordinal))
            await tar.LinkAsync(applet, "/bin/busybox", cancellation);
    }

    /// <summary>The machine's own static busybox, or null.</summary>
    internal static string? FindStatic() =>
        Machine.FindProgram("busybox") is { } found && ElfFile.IsStatic(File.ReadAllBytes(found)) ? found : null;

    private async Task<string> FetchAsync(string folder, CancellationToken cancellation)
    {
        if (Machine.FindProgram("apt-get") is not { } apt || Machine.FindProgram("dpkg-deb") is not { } dpkg || !provisioner.IsAllowed)
            throw new HarnessException($"no static busybox here: install {Package}, or run with --provision");
        await provisioner.UpdateAsync(cancellation);
        var info = await new Command(apt, ["download", Package]) { WorkingDirectory = folder }.RunAsync(cancellation);
        if (info.ExitCode != 0 || Directory.GetFiles(folder, "*.deb") is not [var package])
            throw new HarnessException($"{Package} cannot be fetched ({info.LastLine}): install it yourself");
        var unpacked = Path.Combine(folder, "unpacked");
        await RunAsync(dpkg, ["-x", package, unpacked], cancellation);
        return Directory.EnumerateFiles(unpacked, "busybox", SearchOption.AllDirectories).FirstOrDefault(file => new FileInfo(file).Length > 100_000)
            ?? throw new HarnessException($"{Package} holds no busybox");
    }

    private static async Task<string> RunAsync(string program, ImmutableArray<string> arguments, CancellationToken cancellation)
    {
        var result = await new Command(program, arguments).RunAsync(cancellation);
        return result.ExitCode == 0 ? result.Output + result.Error : throw new HarnessException($"{Path.GetFileName(program)} failed ({result.LastLine})");
    }
}
