using System.CommandLine;
using Harness.Cli;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Host.Provisioning;
using Harness.Images.Packages;
using Harness.Images.Userlands;
using Harness.Runtimes;

namespace Harness.Runs;

/// <summary>What the commands on images and machine share: the catalogue, the engine, and one line an image.</summary>
public sealed class ImageSession
{
    /// <summary>Stands for <see cref="DefaultLock"/>.</summary>
    public const string Default = "";

    private readonly Terminal _terminal;
    private readonly RuntimeOptions _options;

    private ImageSession(Terminal terminal, RuntimeOptions options, Locations locations, UserlandCatalogue catalogue, KernelCatalogue kernels)
    {
        (_terminal, _options, Catalogue, Kernels) = (terminal, options, catalogue, kernels);
        DefaultLock = Path.Combine(locations.Experiments, "userlands.lock.json");
    }

    /// <summary>The runtimes' options.</summary>
    public RuntimeOptions Runtimes => _options;

    /// <summary>The userlands.</summary>
    public UserlandCatalogue Catalogue { get; }

    /// <summary>The kernels.</summary>
    public KernelCatalogue Kernels { get; }

    /// <summary>The lock in use, or null.</summary>
    public ImageLock? Lock => _options.Lock;

    /// <summary>Where a lock is written to unless one is named.</summary>
    public string DefaultLock { get; }

    /// <summary>Reads the options that the command has.</summary>
    /// <exception cref="HarnessException">A value is wrong.</exception>
    public static ImageSession Read(ParseResult result, Options options, Terminal terminal, string? lockName)
    {
        var locations = Locations.Find(null);
        var files = (Given(result, options.Catalog) ?? []).Select(file => Path.GetFullPath(file)).ToList();
        var catalogue = files.Aggregate(
            UserlandCatalogue.Read(Path.Combine(locations.Experiments, "userlands.yaml")), (known, file) => known.With(UserlandCatalogue.Read(file)));
        var kernels = files.Aggregate(
            KernelCatalogue.Read(Path.Combine(locations.Experiments, "kernels.yaml")), (known, file) => known.With(KernelCatalogue.Read(file)));
        var mirrors = MirrorOptions.Read(Given(result, options.Mirror) ?? []);
        var path = lockName switch
        {
            null => null,
            Default => Path.Combine(locations.Experiments, "userlands.lock.json"),
            _ => locations.FindLock(lockName),
        };
        return new ImageSession(terminal, new RuntimeOptions
        {
            RunId = RunFolders.NewId(DateTimeOffset.UtcNow),
            Userlands = catalogue.Userlands,
            Kernels = kernels.Kernels,
            AgentDirectory = Path.Combine(locations.Experiments, "probes", "bin"),
            Messages = new Lines(terminal),
            PullProgress = new PullLines(terminal.Message, TimeProvider.System),
            EngineUri = Given(result, options.Engine),
            ProvisionAllowed = Given(result, options.Provision) || Provisioner.AllowedByEnvironment,
            Pull = Enum.Parse<PullPolicy>(Given(result, options.Pull) ?? "missing", ignoreCase: true),
            Mirrors = mirrors.Packages,
            Images = mirrors.Images,
            Lock = path is null ? null : ImageLock.Read(path, isComplete: true),
        }, locations, catalogue, kernels);
    }

    /// <summary>The runtimes, with the engine open.</summary>
    /// <param name="needsEngine">Whether nothing can be done without one.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="needed">The userlands that are going to be fetched.</param>
    /// <exception cref="HarnessException">There is no engine, and one is needed.</exception>
    public async Task<RuntimeSet> OpenAsync(bool needsEngine, CancellationToken cancellation, ImmutableArray<UserlandDefinition>? needed = null)
    {
        var set = await RuntimeSet.CreateAsync(_options with { Needed = [.. (needed ?? []).Select(userland => userland.Id)] }, cancellation);
        try
        {
            await set.OpenEngineAsync(cancellation);
            return set;
        }
        catch (HarnessException e) when (!needsEngine && _options.EngineUri is null)
        {
            _terminal.Message($"{e.Message}; showing the cache");
            return set;
        }
        catch
        {
            await set.DisposeAsync();
            throw;
        }
    }

    /// <summary>Gets images, a few at a time; what is not available is a line on stderr. Answers in the order that was asked for.</summary>
    /// <param name="userlands">Which.</param>
    /// <param name="get">Gets one.</param>
    /// <param name="parallel">How many at a time.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<ImmutableArray<UserlandResolution.Found>> GetAsync(
        ImmutableArray<UserlandDefinition> userlands, Func<UserlandDefinition, Task<UserlandResolution>> get, int parallel, CancellationToken cancellation)
    {
        var found = new UserlandResolution.Found?[userlands.Length];
        await Parallel.ForEachAsync(Enumerable.Range(0, userlands.Length), new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = cancellation }, async (place, _) =>
        {
            var userland = userlands[place];
            switch (await get(userland))
            {
                case UserlandResolution.Found image:
                    found[place] = image;
                    _terminal.Message($"{userland.Id}: {image.Lock.Image} {image.Lock.Digest} ({image.Lock.Provenance.Kind})");
                    break;
                case UserlandResolution.Missing missing:
                    _terminal.Fail($"{userland.Id}: unavailable: {missing.Reason}");
                    break;
            }
        });

        return [.. found.OfType<UserlandResolution.Found>()];
    }

    // A command that lacks an option has its default; System.CommandLine answers null or false for one it does not know.
    private static T? Given<T>(ParseResult result, Option<T> option) => result.CommandResult.Command.Options.Contains(option) ? result.GetValue(option) : default;

    private sealed class Lines(Terminal terminal) : IProgress<string>
    {
        public void Report(string value) => terminal.Message(value);
    }
}
