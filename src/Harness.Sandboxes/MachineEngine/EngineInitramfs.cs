using System.Globalization;
using System.Text;
using Harness.Engines.Products;
using Harness.Images.Kernels;
using Harness.Sandboxes.Machines;

namespace Harness.Sandboxes.MachineEngine;

/// <summary>The first file system of a VM with an engine: modules, the engine's certificates, and a script that becomes the first process of its disk.</summary>
internal static class EngineInitramfs
{
    /// <summary>What the script writes once the daemon has been started.</summary>
    internal const string Started = "dockerd started";

    private const string Modules = ".harness/modules";

    // The daemon alone: no bridge, no firewall, no systemd. What has failed goes to the second serial line, which the harness reads.
    private static readonly string Script = string.Create(CultureInfo.InvariantCulture, $$"""
        #!/bin/sh
        export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
        say() { echo "$1" > /dev/ttyS1; }
        run() { "$@" > /tmp/said 2>&1 || say "$1 failed: $(tail -n 1 /tmp/said)"; }
        mount -t tmpfs -o mode=1777 tmpfs /tmp || say "mount failed"
        run mount -o remount,rw /
        mkdir -p /sys/fs/cgroup
        run mount -t cgroup2 cgroup2 /sys/fs/cgroup
        # Controllers can be handed on only by a group without processes.
        mkdir -p /sys/fs/cgroup/init.scope
        echo 1 > /sys/fs/cgroup/init.scope/cgroup.procs
        hostname {{ProductTable.OwnHost}}
        run ip link set lo up
        run ip addr add {{MachineSettings.GuestAddress}}/24 dev eth0
        run ip link set eth0 up
        say "{{Started}}"
        dockerd --bridge=none --iptables=false --ip6tables=false --log-level=warn --exec-opt native.cgroupdriver=cgroupfs \
          -H unix:///run/docker.sock -H tcp://{{MachineSettings.GuestAddress}}:{{MachineSettings.GuestPort}} \
          --tlsverify --tlscacert /.harness/ca.pem --tlscert /.harness/server.pem --tlskey /.harness/server-key.pem > /run/dockerd.log 2>&1
        say "dockerd ended: $(tail -n 1 /run/dockerd.log)"

        """);

    /// <summary>Writes it.</summary>
    internal static void Write(Stream output, byte[] init, KernelImage kernel, ImmutableSortedDictionary<string, ImmutableArray<byte>> certificates)
    {
        var archive = new Cpio(output);
        archive.Folder("dev");
        archive.Device("dev/console", 5, 1);
        archive.Folder(".harness");
        archive.Folder(Modules);
        var steps = new StringBuilder();
        foreach (var (number, module) in kernel.Modules.Concat(kernel.EngineModules).Index())
        {
            var name = $"{Modules}/{number}-{Path.GetFileName(module)}";
            archive.File(name, File.ReadAllBytes(module));
            steps.Append("module /").Append(name).Append('\n');
        }

        steps.Append("root /dev/vda ext4\nhand-over /.harness/engine\n");
        archive.File(".harness/init", Encoding.UTF8.GetBytes(steps.ToString()));
        archive.File(".harness/engine", Encoding.UTF8.GetBytes(Script), executable: true);
        foreach (var (name, content) in certificates)
            archive.File($".harness/{name}", content.AsSpan());
        archive.File("init", init, executable: true);
        archive.End();
    }
}
