using Harness.Host.Paths;

namespace Harness.Sandboxes.Machines;

/// <summary>What drives virtual machines on this machine.</summary>
public static class Accelerators
{
    /// <summary>Emulation, which works everywhere.</summary>
    public const string Tcg = "tcg";

    /// <summary>The host's hardware.</summary>
    public const string Kvm = "kvm";

    /// <summary><see cref="Kvm"/> where a guest was seen to boot under it, else <see cref="Tcg"/>.</summary>
    public static string Choose() => MachineProofs.RememberedKvm(EnginePaths.Default()) == true ? Kvm : Tcg;

    /// <summary>Whether a proof is still missing: the device opens and nobody has tried it.</summary>
    public static bool IsUndecided => MachineProofs.RememberedKvm(EnginePaths.Default()) is null && MachineProofs.KvmOpens();
}
