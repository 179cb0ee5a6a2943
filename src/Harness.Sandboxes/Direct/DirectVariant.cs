using Harness.Core.Running;
using Harness.Host.Processes;

namespace Harness.Sandboxes.Direct;

/// <summary>What a cell can change about a process or a runtime that is started without an engine.</summary>
internal static class DirectVariant
{
    /// <summary>Whether there is such a variant.</summary>
    internal static bool IsKnown(string variant) => variant is "" or ColdCache.Setting;

    /// <summary>Why a variant is not available; null where it can.</summary>
    internal static string? Reason(string variant) => variant switch
    {
        "" => null,
        ColdCache.Setting => ColdCache.Missing(),
        _ => $"without an engine there is no setting '{variant}': known is {ColdCache.Setting}",
    };

    /// <summary>Does what has to be done directly before a start. Null: no caches were to be dropped.</summary>
    /// <param name="request">What is started.</param>
    /// <param name="files">Files that the start reads.</param>
    internal static CacheDrop? Prepare(SandboxRequest request, params ImmutableArray<string> files) =>
        request.Cell.Variant == ColdCache.Setting ? ColdCache.Drop(request.Timed ? [] : files) : null;
}
