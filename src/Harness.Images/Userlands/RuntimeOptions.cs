using Harness.Core.Definitions;
using Harness.Core.Planning;
using Harness.Images.Packages;

namespace Harness.Images.Userlands;

/// <summary>What a run asks of its runtimes.</summary>
public sealed record RuntimeOptions
{
    /// <summary>The run's id: containers carry it as a label and in their names.</summary>
    public required string RunId { get; init; }

    /// <summary>The userlands there are.</summary>
    public required ImmutableArray<UserlandDefinition> Userlands { get; init; }

    /// <summary>The kernels there are beside the machine's own.</summary>
    public ImmutableArray<KernelDefinition> Kernels { get; init; } = [];

    /// <summary>The folder with the built agents.</summary>
    public required string AgentDirectory { get; init; }

    /// <summary>Told what takes time or changes the machine, one line each.</summary>
    public required IProgress<string> Messages { get; init; }

    /// <summary><c>--engine</c> without a name, or null.</summary>
    public string? EngineUri { get; init; }

    /// <summary>The engines that <c>--engine</c> names; empty: the one of <see cref="EngineUri"/>, or the one that is found.</summary>
    public ImmutableArray<NamedEngine> Engines { get; init; } = [];

    /// <summary>Whether packages may be installed.</summary>
    public bool ProvisionAllowed { get; init; }

    /// <summary><c>--pull</c>.</summary>
    public PullPolicy Pull { get; init; } = PullPolicy.Missing;

    /// <summary><c>--mirror</c>: address by distribution.</summary>
    public ImmutableSortedDictionary<string, string> Mirrors { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>The user's own copy of userlands, or null.</summary>
    public ImageMirror? Images { get; init; }

    /// <summary>The userlands that are going to be asked for, so that what all of them need can be said before the first is pulled.</summary>
    public ImmutableHashSet<string> Needed { get; init; } = [];

    /// <summary>Which of them lie on the disk at the same time, wave by wave; empty: all of them.</summary>
    public ImmutableArray<ImmutableHashSet<string>> Waves { get; init; } = [];

    /// <summary>Whether images that are pulled stay in the engine.</summary>
    public bool KeepImages { get; init; } = true;

    /// <summary>How many sandboxes the run has for an engine in a VM of its own, which ends with the last of them; 0: it ends with the run.</summary>
    public int InMachine { get; init; }

    /// <summary>Told how far pulls are, or null.</summary>
    public IProgress<PullState>? PullProgress { get; init; }

    /// <summary>Which images userlands have to be, or null.</summary>
    public ImageLock? Lock { get; init; }

    /// <summary>Told of each userland as soon as it is known which image it is; from several threads at once.</summary>
    public Action<UserlandLock> Resolved { get; init; } = _ => { };

    /// <summary>The other engines of the run, for one of them.</summary>
    internal IOtherEngines Others { get; init; } = IOtherEngines.None;

    /// <summary>The userlands of the plan's cells, each with the engine that a cell names.</summary>
    public ImmutableHashSet<(string Engine, string Userland)> Planned { get; init; } = [];

    /// <summary>
    /// What becomes the guard when it is run with <c>guard</c>: the harness's apphost or its <c>.dll</c>. Null: this
    /// process's own, or no guard where this process is not the harness.
    /// </summary>
    public string? HarnessExecutable { get; init; }

    /// <summary>The cache's folder; null for the user's.</summary>
    public string? CacheFolder { get; init; }
}
