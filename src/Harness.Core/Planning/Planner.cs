using System.IO.Enumeration;
using Harness.Core.Definitions;
using Harness.Core.Model;

namespace Harness.Core.Planning;

/// <summary>
/// Turns definitions and options into a plan. Pure: no clock, no engine, no file; the same input gives the same plan.
/// </summary>
public static class Planner
{
    /// <summary>Plans the experiments in the order given.</summary>
    /// <exception cref="HarnessException">A userland, kernel or runtime is unknown, or nothing is left to run.</exception>
    public static Plan Make(IEnumerable<ExperimentDefinition> experiments, UserlandCatalogue catalogue, PlanOptions options)
    {
        var sandboxes = ImmutableArray.CreateBuilder<PlannedSandbox>();
        foreach (var experiment in experiments)
        {
            var cells = Cells(experiment, catalogue, options);
            var quick = Short(experiment, options);
            var warmup = quick.Warmup ?? experiment.Warmup;
            var blocks = warmup + (options.Repeat ?? quick.Blocks ?? experiment.Blocks);
            var repeat = quick.Repeat ?? experiment.Repeat;
            for (var block = 1; block <= blocks; block++)
            {
                // A generator of its own for every block: fewer blocks leave the order of the others as it was.
                var random = new SplitMix64(Mix(options.Seed, experiment.Id, block));
                sandboxes.AddRange(random.Shuffle(Block(experiment, cells, block, repeat, block <= warmup)));
            }

            // Pulls come last of all: no start, of whichever instrument, follows one.
            var after = new SplitMix64(Mix(options.Seed, experiment.Id, 0));
            sandboxes.AddRange(after.Shuffle(AfterBlocks(experiment, ProbeKind.Benchmark, cells, warmup + 1, blocks)));
            sandboxes.AddRange(after.Shuffle(AfterBlocks(experiment, ProbeKind.Pull, cells, warmup + 1, blocks)));
        }

        if (sandboxes.Count == 0)
        {
            throw new HarnessException("Nothing is left to run: no cell matches; see the cells with 'harness plan' and loosen --filter");
        }

        return new Plan { Seed = options.Seed, Quick = options.Quick, Sandboxes = sandboxes.ToImmutable() };
    }

    /// <summary>The cells of an experiment under the options, in the matrix's order, each once.</summary>
    public static ImmutableArray<Cell> Cells(ExperimentDefinition experiment, UserlandCatalogue catalogue, PlanOptions options)
    {
        var matrix = experiment.Matrix;
        var quick = Short(experiment, options);
        var userlands = Userlands(experiment, catalogue, options);
        var kernels = options.KnownKernels.Select(Choose(options.Kernels, quick.Kernels, matrix.Kernels));
        var runtimes = Choose(options.Runtimes, quick.Runtimes, matrix.Runtimes);
        if (options.Runtimes.Length > 0)
        {
            runtimes = [.. matrix.Runtimes.Where(name => KnownRuntimes.Is(name, RuntimeKind.Process)).Except(runtimes), .. runtimes];
        }

        foreach (var unknown in userlands.Where(userland => catalogue.Find(userland) is null))
        {
            throw new HarnessException(
                $"There is no userland '{unknown}'; choose one of: {string.Join(", ", catalogue.Userlands.Select(userland => userland.Id))}; --image REF takes any image");
        }

        foreach (var unknown in kernels.Where(kernel => kernel != KernelDefinition.Host && options.KnownKernels.Find(kernel) is null))
        {
            var known = options.KnownKernels.Kernels.Select(kernel => kernel.Id).Prepend(KernelDefinition.Host);
            throw new HarnessException($"There is no kernel '{unknown}'; choose one of: {string.Join(", ", known)}; --catalog FILE adds your own");
        }

        var cells =
            from name in runtimes
            from runtime in RuntimeNames.ResolveAll(name, options.Engines, options.Runtimes.Contains(name))
            let kind = KnownRuntimes.Find(runtime.Runtime)!.Kind
            from kernel in KernelsOf(kind, kernels, matrix)
            from userland in kind == RuntimeKind.Process ? [Cell.HostUserland] : userlands
            where kind != RuntimeKind.VirtualMachine || matrix.VmUserlands.IsEmpty || options.Userlands.Length > 0 || matrix.VmUserlands.Contains(userland)
            from variant in Choose([], quick.Variants, matrix.Variants)
            let cell = new Cell(userland, kernel, runtime.Engine, runtime.Runtime, kind == RuntimeKind.VirtualMachine || KnownEngines.Find(runtime.Engine) is { IsBooted: true } ? options.Accelerator : "", variant)
            where !matrix.Exclude.Any(glob => Matches(glob, cell))
            where options.Filters.IsEmpty || options.Filters.Any(glob => Matches(glob, cell))
            select cell;
        return [.. cells.Distinct()];
    }

    // Ids that the user named; else a tier that the user chose, where the experiment takes one; else the experiment's own.
    private static ImmutableArray<string> Userlands(ExperimentDefinition experiment, UserlandCatalogue catalogue, PlanOptions options)
    {
        var tier = experiment.Matrix.Selection is null ? null : options.Tier;
        var quick = tier is null ? Short(experiment, options).Userlands : null;
        return Choose(options.Userlands, quick, experiment.Matrix.UserlandsOf(catalogue, tier));
    }

    /// <summary>Whether a glob (<c>*</c>, <c>?</c>) matches a cell's whole name, case counting.</summary>
    public static bool Matches(string glob, Cell cell) => FileSystemName.MatchesSimpleExpression(glob, cell.Name, ignoreCase: false);

    // A virtual machine always boots a kernel of its own, everything else runs on the machine's. The machine's own
    // process stays whatever kernels were chosen, since the others are compared with it.
    private static IEnumerable<string> KernelsOf(RuntimeKind kind, ImmutableArray<string> kernels, MatrixDefinition matrix) => kind switch
    {
        RuntimeKind.VirtualMachine => kernels.Where(kernel => kernel != KernelDefinition.Host),
        RuntimeKind.Process => matrix.Kernels.Where(kernel => kernel == KernelDefinition.Host),
        _ => kernels.Where(kernel => kernel == KernelDefinition.Host),
    };

    private static QuickDefinition Short(ExperimentDefinition experiment, PlanOptions options) =>
        (options.OwnImages ? experiment.Image : QuickDefinition.Nothing).Over(options.Quick ? experiment.Quick : QuickDefinition.Nothing);

    private static ImmutableArray<string> Choose(ImmutableArray<string> chosen, ImmutableArray<string>? quick, ImmutableArray<string> all) =>
        chosen.Length > 0 ? chosen : quick ?? all;

    // One sandbox a cell; where starting is what is measured, or a driver starts them, one a trial.
    private static ImmutableArray<PlannedSandbox> Block(ExperimentDefinition experiment, ImmutableArray<Cell> cells, int block, int repeat, bool warmup)
    {
        var trials =
            from cell in cells
            from repetition in Enumerable.Range(1, repeat)
            from probe in experiment.Probes
            where !probe.IsAfterBlocks && RunsIn(probe, cell)
            select new PlannedTrial(experiment.Id, cell, probe.Id, block, repetition, warmup);
        return Plan.Group(trials, experiment);
    }

    // A second instrument, and an engine of its own that pulls, repeat one case until they are done with it: trials of all blocks in a row, after the others.
    private static ImmutableArray<PlannedSandbox> AfterBlocks(ExperimentDefinition experiment, ProbeKind kind, ImmutableArray<Cell> cells, int first, int last)
    {
        var trials =
            from probe in experiment.Probes
            where probe.Kind == kind
            from cell in cells
            where RunsIn(probe, cell)
            from block in Enumerable.Range(first, last - first + 1)
            select new PlannedTrial(experiment.Id, cell, probe.Id, block, 1, Warmup: false);
        return Plan.Group(trials, experiment);
    }

    private static bool RunsIn(ProbeDefinition probe, Cell cell) => probe.Cells.IsEmpty || probe.Cells.Any(glob => Matches(glob, cell));

    private static ulong Mix(ulong seed, string experiment, int block)
    {
        // FNV-1a over the id: string.GetHashCode differs from process to process.
        var hash = 14695981039346656037UL;
        foreach (var character in experiment)
        {
            hash = (hash ^ character) * 1099511628211UL;
        }

        return new SplitMix64(seed ^ hash ^ ((ulong)block << 48)).Next();
    }
}
