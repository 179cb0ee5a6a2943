using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Harness.IntegrationTests.Treatments;

/// <summary>
/// Docker's default seccomp profile as its source has it, resolved as the engine does for a container on an amd64 kernel: a rule applies where what it
/// includes is there and nothing that it excludes.
/// </summary>
internal static class PublishedProfile
{
    private const string Architecture = "amd64";

    // What a container has that was started without an option (daemon/… DefaultCapabilities).
    private static readonly HashSet<string> _capabilities = new(
        [
            "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID", "CAP_SETUID", "CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT",
            "CAP_KILL", "CAP_AUDIT_WRITE",
        ],
        StringComparer.Ordinal);

    /// <summary>Of a version of Docker; null where no profile of it is kept here.</summary>
    /// <param name="engine">As the engine tells it: <c>28.5.2+dfsg4</c>.</param>
    /// <param name="release">The kernel's.</param>
    internal static SeccompRules? Resolve(string engine, string release)
    {
        var file = Path.Combine(Folder(), $"docker-{engine.Split('+', '-')[0]}.json");
        if (!File.Exists(file))
            return null;
        using var json = JsonDocument.Parse(File.ReadAllText(file));
        var profile = json.RootElement.Clone();
        var kernel = Version.Parse(string.Join('.', release.Split('-')[0].Split('.').Take(2)));
        return new SeccompRules(profile, profile.GetProperty("syscalls").EnumerateArray().Where(rule => Applies(rule, kernel)));
    }

    private static bool Applies(JsonElement rule, Version kernel)
    {
        var (includes, excludes) = (Member(rule, "includes"), Member(rule, "excludes"));
        return !Texts(excludes, "arches").Contains(Architecture)
            && !Texts(excludes, "caps").Any(_capabilities.Contains)
            && !(Least(excludes) is { } excluded && kernel >= excluded)
            && (Texts(includes, "arches") is not [_, ..] arches || arches.Contains(Architecture))
            && Texts(includes, "caps").All(_capabilities.Contains)
            && !(Least(includes) is { } least && kernel < least);
    }

    private static Version? Least(JsonElement? condition) => Member(condition, "minKernel") is { ValueKind: JsonValueKind.String } text ? Version.Parse(text.GetString()!) : null;

    private static string[] Texts(JsonElement? condition, string name) => Member(condition, name) is { ValueKind: JsonValueKind.Array } all ? [.. all.EnumerateArray().Select(one => one.GetString()!)] : [];

    private static JsonElement? Member(JsonElement? of, string name) => of is { ValueKind: JsonValueKind.Object } known && known.TryGetProperty(name, out var value) ? value : null;

    private static string Folder([CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, "Profiles");
}
