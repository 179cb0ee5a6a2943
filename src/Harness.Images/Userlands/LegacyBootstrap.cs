using System.Security.Cryptography;
using Harness.Core;

namespace Harness.Images.Userlands;

/// <summary>Makes the stand-in for a userland of glibc 2.13 or older: its shell is a program that calls what that one called.</summary>
internal sealed class LegacyBootstrap(string programs)
{
    /// <summary>Writes the layer into a folder.</summary>
    internal async Task<BootstrappedLayer> MakeAsync(string architecture, string folder, CancellationToken cancellation)
    {
        var program = Path.Combine(programs, "legacy-bash-x86_64");
        if (architecture != "amd64" || !File.Exists(program))
            throw new HarnessException($"the stand-in for an old userland is there for amd64 only: the addresses it calls are x86-64's ({program})");
        var layer = Path.Combine(folder, "layer.tar");
        await using (var output = File.Create(layer))
        {
            await using var tar = new ReproducibleTar(output, DateTimeOffset.UnixEpoch);
            foreach (var name in new[] { "bin/", "dev/", "etc/", "proc/", "sys/" })
                await tar.FolderAsync(name, ReproducibleTar.Executable, cancellation);
            await tar.FolderAsync("tmp/", ReproducibleTar.Shared, cancellation);
            await tar.TextAsync("etc/os-release", ReproducibleTar.File, "NAME=\"Synthetic legacy\"\nID=synthetic-legacy\nPRETTY_NAME=\"Synthetic stand-in for glibc 2.13 or older\"\n", cancellation);
            await using (var content = File.OpenRead(program))
                await tar.FileAsync("bin/bash", ReproducibleTar.Executable, content, cancellation);
            await tar.LinkAsync("bin/sh", "bash", cancellation);
        }

        await using var made = File.OpenRead(layer);
        return new BootstrappedLayer(layer, new Provenance { Kind = "legacy", LayerSha256 = Convert.ToHexStringLower(await SHA256.HashDataAsync(made, cancellation)) });
    }
}
