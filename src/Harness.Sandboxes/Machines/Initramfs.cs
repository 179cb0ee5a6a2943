using System.Text;
using Harness.Core.Protocol;
using Harness.Core.Running;
using Harness.Images.Kernels;
using Harness.Sandboxes.Payload;

namespace Harness.Sandboxes.Machines;

/// <summary>A machine's first file system: the agent as init, modules, what a sandbox brings, and small userlands whole.</summary>
internal static class Initramfs
{
    private const string Modules = ".harness/modules";

    private const string Channel = "channel /dev/ttyS1\n";

    // Ordered as a login is. The output that matters goes to the channel, which the agent opens itself.
    private const string Unit =
        "[Unit]\nDescription=Probe agent\nAfter=systemd-user-sessions.service\n\n[Service]\nExecStart=/.harness/agent\nStandardOutput=null\nStandardError=tty\nTTYPath=/dev/console\n";

    /// <summary>Writes it.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="init">The agent as init.</param>
    /// <param name="kernel">Whose modules are taken along where there is a disk.</param>
    /// <param name="root">Where the userland is.</param>
    /// <param name="key">The key of the agent's channel.</param>
    /// <param name="plan">The agent's plan.</param>
    /// <param name="files">Files beside it.</param>
    /// <param name="programs">Programs beside it.</param>
    internal static void Write(
        Stream output, byte[] init, KernelImage kernel, GuestRoot root, ChannelKey key, string plan, ImmutableSortedDictionary<string, ImmutableArray<byte>> files,
        ImmutableSortedDictionary<string, ImmutableArray<byte>>? programs = null)
    {
        var archive = new Cpio(output);
        // The userland first: what the harness brings wins over equal names.
        if (root.Tar is not null)
            archive.Tar(root.Tar);
        archive.Folder("dev");
        archive.Device("dev/console", 5, 1);
        archive.Folder(".harness");
        archive.Folder(Modules);
        var steps = new StringBuilder();
        foreach (var module in root.IsDisk ? kernel.Modules : [])
        {
            var name = $"{Modules}/{Path.GetFileName(module)}";
            archive.File(name, File.ReadAllBytes(module));
            steps.Append("module /").Append(name).Append('\n');
        }

        if (!root.HasOwnInit)
            steps.Append(Channel);
        if (root.IsDisk)
            steps.Append("root /dev/vda ext4\n");
        if (root.HasOwnInit)
        {
            steps.Append("hand-over /sbin/init\n");
            archive.File(".harness/late", Encoding.UTF8.GetBytes(Channel));
            archive.File(".harness/harness.service", Encoding.UTF8.GetBytes(Unit));
            archive.File(".harness/agent", init, executable: true);
        }

        archive.File(".harness/init", Encoding.UTF8.GetBytes(steps.ToString()));
        foreach (var folder in SandboxArchive.Folders(files.Keys))
            archive.Folder($".harness/{folder}");
        foreach (var (name, content) in files)
            archive.File($".harness/{name}", content.AsSpan());
        foreach (var (name, content) in programs ?? ImmutableSortedDictionary<string, ImmutableArray<byte>>.Empty)
            archive.File($".harness/{name}", content.AsSpan(), executable: true);
        // The agent overwrites and removes it before anything of the userland runs.
        archive.File(".harness/key", Encoding.ASCII.GetBytes(key.ToHex()));
        archive.File(".harness/plan", Encoding.UTF8.GetBytes(plan));
        archive.File("init", init, executable: true);
        archive.End();
    }

    /// <summary>The same for a request.</summary>
    internal static void Write(Stream output, byte[] init, KernelImage kernel, GuestRoot root, SandboxRequest request) =>
        Write(output, init, kernel, root, request.Key, request.AgentPlan, request.Files, request.Programs);
}

/// <summary>Where a guest's userland is, and who is its first process.</summary>
/// <param name="Tar">The userland, to be unpacked into memory; null where it is on the machine's disk, or where there is none.</param>
/// <param name="IsDisk">Whether the root is the machine's disk.</param>
/// <param name="HasOwnInit">Whether the distribution's own init, systemd, takes over.</param>
internal sealed record GuestRoot(Stream? Tar, bool IsDisk = false, bool HasOwnInit = false);
