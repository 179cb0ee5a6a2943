using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Core.Running;
using Harness.Host.Processes;

namespace Harness.Sandboxes.Direct;

/// <summary>What a cell can change about a process or a runtime that is started without an engine.</summary>
internal static class DirectVariant
{
    /// <summary>An ordinary user's: in a user namespace, without limits that only root can set.</summary>
    internal const string Rootless = "rootless=yes";

    /// <summary>Whether there is such a variant.</summary>
    internal static bool IsKnown(string variant) => variant is "" or ColdCache.Setting or Rootless;

    /// <summary>Whether a cell is an ordinary user's.</summary>
    internal static bool IsRootless(Cell cell) => cell.Variant == Rootless;

    /// <summary>Why a variant is not available; null where it can.</summary>
    /// <param name="variant">The cell's.</param>
    /// <param name="runtime">What starts it.</param>
    internal static string? Reason(string variant, RuntimeDefinition runtime) => variant switch
    {
        "" when runtime.RootlessArguments is not null && !Machine.IsLinuxRoot => $"'{runtime.DirectName}' needs root, its cells with {Rootless} do not: run as root",
        "" => null,
        ColdCache.Setting => ColdCache.Missing(),
        Rootless when runtime.RootlessArguments is null => $"'{runtime.DirectName}' has no setting '{variant}': {string.Join(", ", KnownRuntimes.All.Where(known => known.RootlessArguments is not null).Select(known => known.DirectName))} have it",
        Rootless when Machine.IsLinuxRoot => $"cells with {Rootless} are an ordinary user's: run as an ordinary user to measure them",
        Rootless => null,
        _ => $"without an engine there is no setting '{variant}': known are {ColdCache.Setting} and {Rootless}",
    };

    /// <summary>Does what has to be done directly before a start. Null: no caches were to be dropped.</summary>
    /// <param name="request">What is started.</param>
    /// <param name="files">Files that the start reads.</param>
    internal static CacheDrop? Prepare(SandboxRequest request, params ImmutableArray<string> files) =>
        request.Cell.Variant == ColdCache.Setting ? ColdCache.Drop(request.Timed ? [] : files) : null;
}
