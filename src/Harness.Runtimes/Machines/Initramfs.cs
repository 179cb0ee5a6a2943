using System.Text;
using Harness.Core.Running;
using Harness.Runtimes.Containers;
using Harness.Runtimes.Kernels;

namespace Harness.Runtimes.Machines;

/// <summary>A machine's first file system: the agent as init, modules, what a sandbox brings, and small userlands whole.</summary>
internal static class Initramfs
{
    private const string Modules = ".harness/modules";

    /// <summary>Writes it.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="init">The agent as init.</param>
    /// <param name="kernel">Whose modules are taken along where there is a disk.</param>
    /// <param name="userland">The userland's tar; null where it is on a disk, or where there is none.</param>
    /// <param name="hasDisk">Whether the root is the machine's disk.</param>
    /// <param name="plan">The agent's plan.</param>
    /// <param name="files">Files beside it.</param>
    /// <param name="programs">Programs beside it.</param>
    internal static void Write(
        Stream output, byte[] init, KernelImage kernel, Stream? userland, bool hasDisk, string plan, ImmutableSortedDictionary<string, ImmutableArray<byte>> files,
        ImmutableSortedDictionary<string, ImmutableArray<byte>>? programs = null)
    {
        var archive = new Cpio(output);
        // The userland first: what the harness brings wins over equal names.
        if (userland is not null)
            archive.Tar(userland);
        archive.Folder("dev");
        archive.Device("dev/console", 5, 1);
        archive.Folder(".harness");
        archive.Folder(Modules);
        var steps = new StringBuilder();
        foreach (var module in hasDisk ? kernel.Modules : [])
        {
            var name = $"{Modules}/{Path.GetFileName(module)}";
            archive.File(name, File.ReadAllBytes(module));
            steps.Append("module /").Append(name).Append('\n');
        }

        steps.Append("channel /dev/ttyS1\n");
        if (hasDisk)
            steps.Append("root /dev/vda ext4\n");
        archive.File(".harness/init", Encoding.UTF8.GetBytes(steps.ToString()));
        foreach (var folder in SandboxArchive.Folders(files.Keys))
            archive.Folder($".harness/{folder}");
        foreach (var (name, content) in files)
            archive.File($".harness/{name}", content.AsSpan());
        foreach (var (name, content) in programs ?? ImmutableSortedDictionary<string, ImmutableArray<byte>>.Empty)
            archive.File($".harness/{name}", content.AsSpan(), executable: true);
        archive.File(".harness/plan", Encoding.UTF8.GetBytes(plan));
        archive.File("init", init, executable: true);
        archive.End();
    }

    /// <summary>The same for a request.</summary>
    internal static void Write(Stream output, byte[] init, KernelImage kernel, Stream? userland, bool hasDisk, SandboxRequest request) =>
        Write(output, init, kernel, userland, hasDisk, request.AgentPlan, request.Files, request.Programs);
}
