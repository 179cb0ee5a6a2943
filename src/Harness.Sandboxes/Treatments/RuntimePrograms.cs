using Harness.Core.Planning;
using Harness.Engines.Connecting;

namespace Harness.Sandboxes.Treatments;

/// <summary>Whether what was seen to run is the runtime that was asked for.</summary>
internal static class RuntimePrograms
{
    /// <summary>
    /// Whether the program that a shim ran is the runtime that was asked for: the one that the engine has under that name, or one of that name.
    /// What lies in the runtime's state folder must be of the same runtime, where that is known.
    /// </summary>
    internal static bool IsProgram(ImmutableSortedDictionary<string, string> programs, string asked, ContainerLook look)
    {
        // Runtimes that name their files alike are told apart by the program alone.
        if (look.State is { } state && KnownRuntimes.Find(asked)?.StateFile is { } file && KnownRuntimes.Find(state)?.StateFile != file)
            return false;
        // Docker before 23 runs a program with arguments by a script of the runtime's name.
        return look.Runtime == asked || (look.Shim == EngineRuntimes.Runc && programs.GetValueOrDefault(asked) is { Length: > 0 } path && path == look.Program);
    }
}
