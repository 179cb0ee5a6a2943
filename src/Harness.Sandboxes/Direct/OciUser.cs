using System.Runtime.Versioning;
using Harness.Host.Processes;

namespace Harness.Sandboxes.Direct;

/// <summary>The ordinary user who is root within a container.</summary>
/// <param name="Id">The user's number on the host.</param>
/// <param name="Group">The number of the user's group.</param>
internal sealed record OciUser(uint Id, uint Group)
{
    /// <summary>Who runs the harness.</summary>
    [SupportedOSPlatform("linux")]
    internal static OciUser Current() => new(Native.GetEffectiveUserId(), Native.GetEffectiveGroupId());
}
