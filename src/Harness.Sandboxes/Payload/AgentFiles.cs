using Harness.Host.Processes;

namespace Harness.Sandboxes.Payload;

/// <summary>The agents, one file an architecture, as the repository keeps them: <c>agent-x86_64</c>, ….</summary>
/// <param name="Folder">Where they are.</param>
public sealed record AgentFiles(string Folder)
{
    /// <summary>The agent for an architecture as an engine, Debian or uname names it; null where there is none.</summary>
    internal string? Find(string architecture)
    {
        var file = Path.Combine(Folder, "agent-" + Of(architecture));
        return File.Exists(file) ? file : null;
    }

    /// <summary>The agent as the first process of a virtual machine; null where there is none.</summary>
    internal string? FindInit()
    {
        var file = Path.Combine(Folder, "init-x86_64");
        return File.Exists(file) ? file : null;
    }

    /// <summary>One of the harness's own programs for an architecture; null where there is none.</summary>
    internal string? FindProgram(string name, string architecture)
    {
        var file = Path.Combine(Folder, $"{name}-{Of(architecture)}");
        return File.Exists(file) ? file : null;
    }

    /// <summary>Why there is none.</summary>
    internal string MissingInit => $"no init for x86_64 in {Folder}";

    /// <summary>The table of system calls from which that agent was built, whether or not it is there.</summary>
    internal string Calls(string architecture) => Path.Combine(Folder, "..", $"syscalls-{Of(architecture)}.csv");

    /// <summary>The same for an entry of x86-64 that is not its own: <c>i386</c>, <c>x32</c>.</summary>
    internal string CallsBy(string entry) => Path.Combine(Folder, "..", $"syscalls-{entry}.csv");

    /// <summary>Why there is none.</summary>
    internal string Missing(string architecture) => $"no probe agent for {Of(architecture)} in {Folder}";

    /// <summary>
    /// The architecture of the agent for an image of some architecture, as uname has it. A kernel that runs 32-bit x86
    /// userlands is nearly always a 64-bit one, and the agent needs nothing of the userland.
    /// </summary>
    internal static string Of(string architecture) => Machine.KernelArchitecture(architecture) switch
    {
        "386" or "i386" or "i686" => "x86_64",
        var other => other,
    };
}
