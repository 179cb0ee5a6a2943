using Harness.Engines.Connecting;

namespace Harness.Sandboxes.Treatments;

/// <summary>A container by Podman's conmon, whose command line names the container, the runtime's program and the folder with what that was told.</summary>
/// <param name="conmon">The process.</param>
/// <param name="arguments">Its command line.</param>
internal sealed class ConmonBundle(int conmon, ImmutableArray<string> arguments) : IContainerBundle
{
    // Through /proc: a Podman without root has mounts of its own.
    private readonly string _files = $"/proc/{conmon}/root";

    /// <summary>Null where the process is no conmon, or one that serves a command within a container.</summary>
    internal static ConmonBundle? Of(int process, ImmutableArray<string> arguments) =>
        Path.GetFileName(arguments[0]) == "conmon" && !arguments.Contains("-e") && !arguments.Contains("--exec") && ProcFile.After(arguments, "-b") is { Length: > 0 }
            ? new ConmonBundle(process, arguments)
            : null;

    /// <inheritdoc/>
    public string? Config() => ProcFile.Text($"{_files}{ProcFile.After(arguments, "-b")}/config.json");

    /// <inheritdoc/>
    public ContainerLook? Look(string config, string image)
    {
        // Written when the container's first process is there; the state by then too.
        if (ProcFile.After(arguments, "-p") is not { Length: > 0 } first || (ProcFile.Text(_files + first) ?? "").Trim().Length == 0)
            return null;
        var (program, id) = (ProcFile.After(arguments, "-r") ?? "", ProcFile.After(arguments, "-c") ?? "");
        if (program.Length == 0 || id.Length == 0)
            return null;
        return new ContainerLook(program, "runc", Folders().Select(folder => ProcFile.StateOf(_files + folder, id)).FirstOrDefault(state => state is not null), PodmanImage.Judge(Mount(config), _files, image)) { Stander = "conmon" };
    }

    // Where conmon sees the container's root mounted.
    private string? Mount(string config)
    {
        using var json = ProcFile.Parse(config);
        return ProcFile.String(ProcFile.Member(json?.RootElement, "root"), "path") is not { Length: > 0 } place ? null
            : (ProcFile.Text($"/proc/{conmon}/mountinfo") ?? "").Split('\n').LastOrDefault(line => line.Split(' ') is { Length: > 5 } fields && fields[4] == place);
    }

    /// <summary>Where runtimes keep their state: where they are told to, else in a folder of their name.</summary>
    private IEnumerable<string> Folders()
    {
        for (var at = 0; at < arguments.Length; at++)
        {
            // As one argument or as two, each after an option of conmon's.
            var value = arguments[at] == "--runtime-arg" ? arguments.ElementAtOrDefault(at + 1)
                : arguments[at].StartsWith("--runtime-arg=", StringComparison.Ordinal) ? arguments[at]["--runtime-arg=".Length..]
                : null;
            if (value?.StartsWith("--root=", StringComparison.Ordinal) == true)
                yield return value["--root=".Length..];
        }

        var run = Environment("XDG_RUNTIME_DIR") is { Length: > 0 } own && own[0] == '/' ? own : "/run";
        foreach (var runtime in EngineRuntimes.All)
        {
            yield return $"{run}/{runtime}";
            if (run != "/run")
                yield return $"/run/{runtime}";
        }
    }

    private string? Environment(string name) => (ProcFile.Text($"/proc/{conmon}/environ") ?? "").Split('\0')
        .FirstOrDefault(variable => variable.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..];
}
