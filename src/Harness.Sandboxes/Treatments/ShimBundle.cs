using System.Text.RegularExpressions;

namespace Harness.Sandboxes.Treatments;

/// <summary>A container by a shim of containerd's, which stands in the folder with what its runtime was told.</summary>
/// <param name="shim">The shim's process.</param>
/// <param name="name">What the shim is called: <c>runc</c> of <c>containerd-shim-runc-v2</c>.</param>
/// <param name="arguments">Its command line.</param>
internal sealed partial class ShimBundle(int shim, string name, ImmutableArray<string> arguments) : IContainerBundle
{
    // Through /proc: the engine may have mounts of its own.
    private readonly string _folder = $"/proc/{shim}/cwd";

    /// <summary>Null where the process is no shim.</summary>
    internal static ShimBundle? Of(int process, ImmutableArray<string> arguments) =>
        ShimName().Match(arguments[0]) is { Success: true } match ? new ShimBundle(process, match.Groups[1].Value, arguments) : null;

    /// <inheritdoc/>
    public string? Config() => ProcFile.Text(Path.Combine(_folder, "config.json"));

    /// <inheritdoc/>
    public ContainerLook? Look(string config, string image)
    {
        // Written when the container's first process is there; the state by then too.
        if (!File.Exists(Path.Combine(_folder, "init.pid")))
            return null;
        var program = (ProcFile.Text(Path.Combine(_folder, "runtime")) ?? "").Trim();
        var root = "";
        if (ProcFile.Text(Path.Combine(_folder, "options.json")) is { } text)
        {
            using var options = ProcFile.Parse(text);
            program = ProcFile.String(options?.RootElement, "binary_name") is { Length: > 0 } binary ? binary : program;
            root = ProcFile.String(options?.RootElement, "root") ?? "";
        }

        var files = $"/proc/{shim}/root";
        var state = $"{files}{(root.Length > 0 ? root : "/run/containerd/runc")}/{ProcFile.After(arguments, "-namespace")}";
        return new ContainerLook(program.Length > 0 ? program : "runc", name, ProcFile.StateOf(state, ProcFile.After(arguments, "-id") ?? ""), OverlayImage.Judge(Mount(config), files, image));
    }

    // Where the shim sees the container's root mounted.
    private string? Mount(string config)
    {
        using var json = ProcFile.Parse(config);
        if (ProcFile.String(ProcFile.Member(json?.RootElement, "root"), "path") is not { Length: > 0 } place)
            return null;
        // Relative to the bundle, as containerd itself has it: by its end.
        return (ProcFile.Text($"/proc/{shim}/mountinfo") ?? "").Split('\n').LastOrDefault(line => line.Split(' ') is { Length: > 5 } fields
            && (place[0] == '/' ? fields[4] == place : fields[4].EndsWith($"/{Path.GetFileName(ProcFile.Link(_folder))}/{place}", StringComparison.Ordinal)));
    }

    [GeneratedRegex(@"(?:^|/)containerd-shim-([a-z0-9-]+?)-v\d+$")]
    private static partial Regex ShimName();
}
