using Harness.Core;
using Harness.Host.Processes;
using Harness.Sandboxes.Payload;

namespace Harness.Sandboxes.Direct;

/// <summary>Makes a folder of an image's files. The image may be anybody's, and often root unpacks it.</summary>
/// <param name="Tar">GNU tar: it follows no link out of the folder that it unpacks into.</param>
/// <param name="Find">Of findutils: file names need not be UTF-8, which .NET cannot say.</param>
internal sealed record TreeTools(string Tar, string Find)
{
    // What a sandbox mounts something on; a read-only root can get no folders later.
    private static readonly ImmutableArray<string> MountPoints = ["proc", "dev", "sys", SandboxArchive.Folder.TrimStart('/')];

    // An ordinary user makes no device nodes and gives no file away: all files are the user's, who is root within.
    private static readonly ImmutableArray<string> AsUser = ["--no-same-owner", "--anchored", "--exclude=./dev/*", "--exclude=dev/*"];

    /// <summary>Unpacks a tar into an empty folder that only its owner can enter.</summary>
    /// <exception cref="HarnessException">It cannot be unpacked, or its files cannot be a sandbox's root.</exception>
    internal async Task UnpackAsync(string file, string folder, CancellationToken cancellation)
    {
        await RunAsync(Tar, ["--extract", "--numeric-owner", "--preserve-permissions", .. Machine.IsLinuxRoot ? [] : AsUser, "--file", file, "--directory", folder], cancellation);
        // Else the user could not remove the tree.
        if (!Machine.IsLinuxRoot)
            await RunAsync(Find, [folder, "-type", "d", "!", "-perm", "-700", "-exec", "chmod", "u+rwx", "{}", "+"], cancellation);
        // A device node is the host's device, whoever made it. Mounts without devices are the second line.
        await RunAsync(Find, [folder, "-xdev", "(", "-type", "b", "-o", "-type", "c", ")", "-delete"], cancellation);
        foreach (var name in MountPoints)
        {
            var path = Path.Combine(folder, name);
            // Mounting follows links, and before the sandbox has its root that is the host's.
            if (new FileInfo(path).LinkTarget is not null)
                throw new HarnessException($"the image has a link at /{name}, where a sandbox needs a folder: use a runtime with an engine");
            Directory.CreateDirectory(path);
        }
    }

    private static async Task RunAsync(string program, ImmutableArray<string> arguments, CancellationToken cancellation)
    {
        var result = await new Command(program, arguments).RunAsync(cancellation);
        if (result.ExitCode != 0)
            throw new HarnessException($"{Path.GetFileName(program)} could not unpack the userland ({result.LastLine})");
    }
}
