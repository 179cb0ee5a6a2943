using Harness.Runtimes.Processes;

namespace Harness.Runtimes.Containers;

/// <summary>The agents, one file an architecture, as the repository keeps them: <c>agent-x86_64</c>, ….</summary>
/// <param name="Folder">Where they are.</param>
public sealed record AgentFiles(string Folder)
{
    /// <summary>The agent for an architecture as an engine, Debian or uname names it; null where there is none.</summary>
    internal string? Find(string architecture)
    {
        var file = Path.Combine(Folder, "agent-" + Machine.KernelArchitecture(architecture));
        return File.Exists(file) ? file : null;
    }

    /// <summary>The agent as the first process of a virtual machine; null where there is none.</summary>
    internal string? FindInit()
    {
        var file = Path.Combine(Folder, "init-x86_64");
        return File.Exists(file) ? file : null;
    }

    /// <summary>Why there is none.</summary>
    internal string MissingInit => $"no init for x86_64 in {Folder}";

    /// <summary>Why there is none.</summary>
    internal string Missing(string architecture) => $"no probe agent for {Machine.KernelArchitecture(architecture)} in {Folder}";
}
