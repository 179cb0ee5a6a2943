using System.CommandLine;
using Harness.Analysis.Tables;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Core.Running;
using Harness.Core.Sharding;
using Harness.Sandboxes.Machines;

namespace Harness.Cli;

/// <summary>What the options choose to run: experiments, the catalogue with the user's additions, and the plan's options.</summary>
public sealed record Selection(
    ExperimentsFolder Folder,
    ImmutableArray<ExperimentDefinition> Experiments,
    UserlandCatalogue Catalogue,
    ImmutableArray<string> CatalogueFiles,
    ImmutableArray<string> Images,
    PlanOptions Options)
{
    /// <summary>Reads the definitions and checks the choice.</summary>
    /// <exception cref="HarnessException">A definition or the choice is wrong.</exception>
    public static Selection Read(Locations locations, ParseResult result, Options options, IReadOnlyCollection<string> ids)
    {
        var folder = ExperimentsFolder.Read(locations.Experiments);
        ImmutableArray<ExperimentDefinition> experiments = ids.Count == 0 ? folder.Experiments : [.. ids.Distinct().Select(folder.Find)];
        ImmutableArray<string> files = [.. result.GetValue(options.Catalog)!.Select(Path.GetFullPath)];
        ImmutableArray<string> images = [.. result.GetValue(options.Image)!];
        var catalogue = files.Aggregate(folder.Catalogue, (known, file) => known.With(UserlandCatalogue.Read(file)));
        catalogue = catalogue.With(AdHoc(images));
        var kernels = files.Aggregate(folder.Kernels, (known, file) => known.With(KernelCatalogue.Read(file)));
        return new Selection(folder, experiments, catalogue, files, images, Planned(result, options, images, kernels)) { Shard = ShardOf(result, options), Costs = CostsOf(locations, result, options) };
    }

    /// <summary>The choice that a run recorded, among the definitions that it kept.</summary>
    /// <param name="folder">The run.</param>
    /// <param name="plan">Its plan.</param>
    /// <param name="result">Its arguments, read again.</param>
    /// <param name="options">What they were read with.</param>
    public static Selection Of(RunFolder folder, PlanFile plan, ParseResult result, Options options)
    {
        var definitions = DefinitionsCopy.Read(folder);
        var named = EngineArguments.Parse(result.GetValue(options.Engines)!).Named;
        var cells = plan.Trials.Select(trial => Cell.Parse(trial.Cell)).ToList();
        var planned = Planned(result, options, plan.Images, definitions.Kernels) with
        {
            Seed = plan.Seed,
            // What its host had.
            Engines = named.IsEmpty ? [EngineOf(cells)] : [.. named.Select(engine => engine.Name)],
            Accelerator = cells.FirstOrDefault(cell => cell.Accelerator.Length > 0)?.Accelerator ?? "tcg",
        };
        return new Selection(definitions, [.. plan.Experiments.Select(definitions.Find)], definitions.Catalogue.With(AdHoc(plan.Images)), [], plan.Images, planned) { Costs = LearntCosts.Read(folder) };
    }

    // Every run can have one in a VM besides.
    private static string EngineOf(IReadOnlyCollection<Cell> cells) =>
        cells.Select(cell => cell.Engine).Where(engine => engine.Length > 0).OrderBy(engine => engine == RuntimeNames.DockerInVm).FirstOrDefault() ?? RuntimeNames.Docker;

    private static PlanOptions Planned(ParseResult result, Options options, ImmutableArray<string> images, KernelCatalogue kernels) => new()
    {
        Seed = result.GetValue(options.Seed) ?? (ulong)Random.Shared.NextInt64(1, 1L << 32),
        Quick = result.GetValue(options.Quick),
        OwnImages = images.Length > 0,
        Repeat = result.GetValue(options.Repeat),
        Filters = [.. result.GetValue(options.Filter)!],
        Userlands = [.. result.GetValue(options.Userland)!, .. images],
        Tier = result.GetValue(options.Tier) is { } tier ? Cli.Options.TierOf(tier) : null,
        Kernels = [.. result.GetValue(options.Kernel)!],
        KnownKernels = kernels,
        Accelerator = result.GetValue(options.Accelerator) ?? Accelerators.Choose(),
        Runtimes = [.. result.GetValue(options.Runtime)!],
        Timeout = result.GetValue(options.Timeout),
    };

    /// <summary>Userlands for images that are in no catalogue: the reference is the id.</summary>
    public static UserlandCatalogue AdHoc(IEnumerable<string> images) => new([.. images.Distinct().Select(image =>
    {
        if (image.AsSpan().ContainsAny('|', ' ', '\t') || image.Length == 0)
        {
            throw new HarnessException($"--image '{image}' is not a valid image reference: write name:tag or name@sha256:…");
        }

        return new UserlandDefinition { Id = image, Images = [image] };
    })]);

    /// <summary>The part of the plan that is run; null: all of it.</summary>
    public Shard? Shard { get; init; }

    /// <summary>What trials took in an earlier run, by which parts are balanced; null: what is typical.</summary>
    public LearntCosts? Costs { get; init; }

    /// <summary>All of the plan.</summary>
    public Plan Whole() => Planner.Make(Experiments, Catalogue, Options);

    /// <summary>What is run of it.</summary>
    /// <exception cref="EmptyPartException">Nothing of it is left for this part.</exception>
    public Plan Plan() => Shard is not { } shard
        ? Whole()
        : Cut(shard.Count).Part(shard.Index)
            ?? throw new EmptyPartException(shard);

    /// <summary>All of the plan in parts.</summary>
    public ShardedPlan Cut(int parts) => ShardedPlan.Of(Whole(), Experiments, parts, Costs);

    private static LearntCosts? CostsOf(Locations locations, ParseResult result, Options options) => result.GetValue(options.Costs) is { } run
        ? LearntCosts.Of(RunTables.Trials(locations.Runs.Find(run)).Where(row => row.DurationNs is not null).Select(row => (row.Experiment, Cell.Parse(row.Cell), row.Probe, row.DurationNs!.Value)))
        : null;

    private static Shard? ShardOf(ParseResult result, Options options)
    {
        if (result.GetValue(options.Shard) is not { } text)
            return null;
        var shard = Core.Sharding.Shard.Parse(text, Environment.GetEnvironmentVariable);
        // A seed that each host draws itself gives each another plan.
        return result.GetValue(options.Seed) is not null
            ? shard
            : throw new HarnessException($"--shard {text}: parts of one plan need one seed: add --seed N, the same for all parts");
    }
}
