using Harness.Core.Model;

namespace Harness.Core.Planning;

/// <summary>
/// What keeps a userland's programs away from the host, by cell. The measure is a container with an engine's defaults: namespaces, its
/// seccomp profile, no capability beyond the defaults. A virtual machine and gVisor have a kernel of their own.
/// </summary>
public static class Confinement
{
    /// <summary>
    /// What the cell's sandbox lacks of that, as a clause for messages; null where nothing. A plain process on the host's own userland has
    /// no confinement to lack: it runs no image.
    /// </summary>
    public static string? Gap(Cell cell)
    {
        var runtime = KnownRuntimes.Of(cell);
        return runtime.Kind != RuntimeKind.Container ? null
            : cell.Engine.Length == 0 ? runtime.Gap
            : cell.Variant.Split(';') switch
            {
                var settings when settings.Any(setting => setting.StartsWith("caps=+", StringComparison.Ordinal)) => "its variant adds a capability",
                // gVisor filters its own calls to the host, whatever is asked.
                var settings when settings.Contains("seccomp=unconfined") && !runtime.HasOwnKernel => "its variant takes the seccomp filter away",
                _ => null,
            };
    }
}
