using System.Text.Json.Nodes;

namespace Harness.IntegrationTests.Treatments;

/// <summary>What an engine may do otherwise than it was asked, one thing at a time.</summary>
internal static class Lies
{
    /// <summary>By name: the lie, the cell's variant that it is told of, and what the row says of it.</summary>
    internal static IReadOnlyDictionary<string, Told> All { get; } = new Dictionary<string, Told>(StringComparer.Ordinal)
    {
        ["runtime"] = new(Host(host => host["Runtime"] = "runsc"), "asked for runtime runc, ran under runsc"),
        ["runtime, and hidden"] = new(Hidden("Runtime", host => host["Runtime"] = "runsc"), "asked for runtime runc, ran under runsc"),
        ["runtime crun, and hidden"] = new(Hidden("Runtime", host => host["Runtime"] = "other"), "asked for runtime runc, ran under other")
        {
            NotFoundFarAway = "runc and crun do the same with the same kernel: only the engine's own machine shows which of them it was",
        },
        ["runtime, by docker run"] = new(Hidden("Runtime", host => host["Runtime"] = "runsc"), "asked for runtime runc, ran under runsc") { Variant = "path=cli", NotFoundFarAway = OnlyNear },
        ["runtime, by Testcontainers"] = new(Hidden("Runtime", host => host["Runtime"] = "runsc"), "asked for runtime runc, ran under runsc") { Variant = "path=testcontainers", NotFoundFarAway = OnlyNear },
        ["runtime dropped under runsc"] = new(Hidden("Runtime", host => host.Remove("Runtime")), "asked for runtime runsc, ran under ") { Runtime = "runsc" },
        ["seccomp dropped"] = new(Hidden("SecurityOpt", host => host["SecurityOpt"] = new JsonArray("no-new-privileges")), "asked for seccomp unconfined, ran with a filter") { Variant = "seccomp=unconfined" },
        ["seccomp unconfined"] = new(Hidden("SecurityOpt", host => host["SecurityOpt"]!.AsArray().Add("seccomp=unconfined")), "asked for seccomp the engine's default profile, ran with no filter"),
        ["capability added"] = new(Hidden("CapAdd", host => host["CapAdd"] = new JsonArray("SYS_PTRACE")), "asked for capabilities"),
        ["capability dropped"] = new(Hidden("CapDrop", host => host["CapDrop"] = new JsonArray("NET_RAW")), "asked for capabilities"),
        ["capabilities kept"] = new(Hidden("CapDrop", host => host.Remove("CapDrop")), "asked for capabilities none") { Variant = "caps=none" },
        ["new privileges"] = new(Hidden("SecurityOpt", host => host["SecurityOpt"] = new JsonArray()), "asked for no-new-privileges on, ran with off"),
        ["network bridge"] = new(Hidden("NetworkMode", host => host["NetworkMode"] = "bridge"), "asked for network none"),
        ["network host"] = new(Hidden("NetworkMode", host => host["NetworkMode"] = "host"), "asked for network none"),
        ["network host for bridge"] = new(Hidden("NetworkMode", host => host["NetworkMode"] = "host"), "asked for network") { Variant = "net=bridge" },
        ["network dropped"] = new(Hidden("NetworkMode", host => host["NetworkMode"] = "none"), "asked for network bridge") { Variant = "net=bridge" },
        ["memory"] = new(Hidden("Memory", host => (host["Memory"], host["MemorySwap"]) = (0, 0)), "asked for memory limit 268435456"),
        ["processes"] = new(Hidden("PidsLimit", host => host.Remove("PidsLimit")), "asked for process limit LIMIT"),
        ["image, and hidden"] = new(
            new Lie(body => body["Image"] = Other, (told, asked) => (told["Image"], told["Config"]!["Image"]) = ((string)asked["Image"]!, (string)asked["Image"]!)),
            "asked for image sha256:")
        {
            NotFoundFarAway = "what an image holds is known from the engine alone: only the engine's own machine shows which layers were mounted",
        },
        ["image"] = new(new Lie(body => body["Image"] = Other), "asked for image sha256:"),
        ["health check"] = new(new Lie(body => body["Healthcheck"] = Check()), "asked for health check none"),
        ["init"] = new(Hidden("Init", host => host["Init"] = true), "asked for init none"),
        // Told as it is: where the machine lets such a container start at all, its capabilities would tell.
        ["privileged"] = new(Host(host => host["Privileged"] = true), "asked for privileged no, ran with yes"),
        ["writable mount"] = new(
            new Lie(
                body => Writable(body["HostConfig"]!),
                (told, asked) =>
                {
                    told["HostConfig"]!["Mounts"] = asked["HostConfig"]!["Mounts"]?.DeepClone();
                    foreach (var mount in told["Mounts"]!.AsArray())
                        mount!["RW"] = false;
                }),
            "asked for /.harness read-only, ran with writable")
        {
            NotFoundFarAway = "far away nothing is mounted: the agent is copied in",
        },
        ["process namespace of the host"] = new(Hidden("PidMode", host => host["PidMode"] = "host"), "asked for "),
    };

    /// <summary>Lies that stay hidden wherever the harness stands, each with the reason.</summary>
    internal static IReadOnlyDictionary<string, (Told Lie, string Reason)> NotFound { get; } = new Dictionary<string, (Told, string)>(StringComparer.Ordinal)
    {
        ["health check, and hidden"] = (
            new(new Lie(body => body["Healthcheck"] = Check(), (told, _) => told["Config"]!.AsObject()["Healthcheck"] = new JsonObject { ["Test"] = new JsonArray("NONE") }), ""),
            "a check is a process of the container's that comes and goes; whether one comes while nobody looks cannot be told"),
        ["ulimit"] = (
            new(Hidden("Ulimits", host => host["Ulimits"] = new JsonArray(new JsonObject { ["Name"] = "nofile", ["Soft"] = 512, ["Hard"] = 512 })), ""),
            "no limit is asked for, so that the engine's own hold (--default-ulimit); what is in effect is a reading (nofile 512:512)"),
    };

    /// <summary>The other image that <see cref="LyingEngineTests"/> puts into the engine.</summary>
    internal const string Other = "harness-test/other:1";

    // Nothing can be mounted from here, and these paths copy nothing: such a cell is unavailable.
    private const string OnlyNear = "";

    private static Lie Host(Action<JsonObject> change) => new(body => change(body["HostConfig"]!.AsObject()));

    /// <summary>Told back as it was asked.</summary>
    private static Lie Hidden(string key, Action<JsonObject> change) => Host(change) with
    {
        Inspect = (told, asked) =>
        {
            var host = told["HostConfig"]!.AsObject();
            host[key] = asked["HostConfig"]![key]?.DeepClone();
            if (key == "Memory")
                host["MemorySwap"] = asked["HostConfig"]!["MemorySwap"]?.DeepClone();
        },
    };

    private static void Writable(JsonNode host)
    {
        if (host["Mounts"] is JsonArray mounts)
            mounts[0]!["ReadOnly"] = false;
        if (host["Binds"] is JsonArray binds)
            binds[0] = ((string)binds[0]!).Replace(":ro", ":rw", StringComparison.Ordinal);
    }

    private static JsonObject Check() => new() { ["Test"] = new JsonArray("CMD", "/bin/true"), ["Interval"] = 1_000_000_000 };

    /// <summary>No lie at all.</summary>
    internal static Told Honest { get; } = new(new Lie(_ => { }), "");

    /// <summary>A lie and what is to come of it, <c>LIMIT</c> in it being the experiment's limit of processes.</summary>
    internal sealed record Told(Lie Lie, string Says)
    {
        internal string Runtime { get; init; } = "runc";

        internal string Variant { get; init; } = "";

        /// <summary>Why it stays hidden where the engine is another machine's; null where it does not.</summary>
        internal string? NotFoundFarAway { get; init; }
    }
}
