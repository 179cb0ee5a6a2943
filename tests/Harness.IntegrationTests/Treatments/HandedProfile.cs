using System.Text.Json;

namespace Harness.IntegrationTests.Treatments;

/// <summary>The seccomp profile that an engine handed to a runtime, as the container's folder has it.</summary>
internal static class HandedProfile
{
    /// <param name="config">What the runtime was told, as OCI has it.</param>
    internal static SeccompRules Read(string config)
    {
        using var json = JsonDocument.Parse(config);
        var seccomp = json.RootElement.GetProperty("linux").GetProperty("seccomp").Clone();
        return new SeccompRules(seccomp, seccomp.GetProperty("syscalls").EnumerateArray());
    }
}
