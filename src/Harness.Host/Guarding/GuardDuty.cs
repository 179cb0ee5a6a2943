namespace Harness.Host.Guarding;

/// <summary>What a guard would have to clean up, as far as it has been told.</summary>
internal sealed record GuardDuty
{
    /// <summary>Nothing yet.</summary>
    internal static readonly GuardDuty Empty = new();

    /// <summary>Engines and labels of the run's containers.</summary>
    internal ImmutableHashSet<GuardLine.Containers> Containers { get; private init; } = [];

    /// <summary>Folders of the private daemons in use.</summary>
    internal ImmutableHashSet<string> PrivateEngines { get; private init; } = [];

    /// <summary>Start time by process id.</summary>
    internal ImmutableDictionary<int, long> Processes { get; private init; } = ImmutableDictionary<int, long>.Empty;

    /// <summary>Files and folders.</summary>
    internal ImmutableHashSet<string> Paths { get; private init; } = [];

    /// <summary>Whether the run has cleaned up itself.</summary>
    internal bool IsDone { get; private init; }

    /// <summary>The duty after one more line.</summary>
    internal GuardDuty After(GuardLine line) => line switch
    {
        GuardLine.Containers containers => this with { Containers = Containers.Add(containers) },
        GuardLine.PrivateEngine engine => this with { PrivateEngines = PrivateEngines.Add(engine.Root) },
        GuardLine.Watch watch => this with { Processes = Processes.SetItem(watch.Pid, watch.StartTime) },
        GuardLine.Forget forget => this with { Processes = Processes.Remove(forget.Pid) },
        GuardLine.Remove remove => this with { Paths = Paths.Add(remove.Path) },
        GuardLine.Keep keep => this with { Paths = Paths.Remove(keep.Path) },
        GuardLine.Done => this with { IsDone = true },
        _ => this,
    };
}
