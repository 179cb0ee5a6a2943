using System.CommandLine;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Planning;
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
        return new Selection(folder, experiments, catalogue, files, images, new PlanOptions
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
        });
    }

    /// <summary>Userlands for images that are in no catalogue: the reference is the id.</summary>
    public static UserlandCatalogue AdHoc(IEnumerable<string> images) => new([.. images.Distinct().Select(image =>
    {
        if (image.AsSpan().ContainsAny('|', ' ', '\t') || image.Length == 0)
        {
            throw new HarnessException($"--image '{image}' is not a valid image reference: write name:tag or name@sha256:…");
        }

        return new UserlandDefinition { Id = image, Images = [image] };
    })]);

    /// <summary>The plan.</summary>
    public Plan Plan() => Planner.Make(Experiments, Catalogue, Options);
}
