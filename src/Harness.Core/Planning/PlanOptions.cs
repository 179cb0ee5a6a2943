using Harness.Core.Definitions;

namespace Harness.Core.Planning;

/// <summary>What the user chose on the command line that changes the plan. Empty lists choose nothing away.</summary>
public sealed record PlanOptions
{
    /// <summary>The seed of every shuffle.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Take each experiment's <c>quick</c> settings.</summary>
    public bool Quick { get; init; }

    /// <summary>Take each experiment's <c>image</c> settings: the userlands are images that the user named.</summary>
    public bool OwnImages { get; init; }

    /// <summary>Blocks instead of the experiment's, or null.</summary>
    public int? Repeat { get; init; }

    /// <summary>Globs over cells: a cell stays if any matches.</summary>
    public ImmutableArray<string> Filters { get; init; } = [];

    /// <summary>Userlands instead of the experiment's.</summary>
    public ImmutableArray<string> Userlands { get; init; } = [];

    /// <summary>A tier instead of the experiment's, in experiments that take a tier; also instead of their <c>quick</c> userlands. Null: the experiment's.</summary>
    public UserlandTier? Tier { get; init; }

    /// <summary>Kernels instead of the experiment's.</summary>
    public ImmutableArray<string> Kernels { get; init; } = [];

    /// <summary>The kernels there are beside the machine's own.</summary>
    public KernelCatalogue KnownKernels { get; init; } = KernelCatalogue.Empty;

    /// <summary>What drives virtual machines here: <c>kvm</c> where that was proved to work, else <c>tcg</c>.</summary>
    public string Accelerator { get; init; } = "tcg";

    /// <summary>The engines of containers whose runtime is named without one, by name: those that were named, or the one that answers where engines are looked for.</summary>
    public ImmutableArray<string> Engines { get; init; } = [RuntimeNames.Docker];

    /// <summary>Runtimes instead of the experiment's; its host cells stay, since the others are compared with them.</summary>
    public ImmutableArray<string> Runtimes { get; init; } = [];

    /// <summary>Each probe's timeout instead of the experiment's, or null.</summary>
    public TimeSpan? Timeout { get; init; }
}
