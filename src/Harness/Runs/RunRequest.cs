using System.CommandLine;
using Harness.Analysis;
using Harness.Cli;
using Harness.Core;
using Harness.Core.Journaling;
using Harness.Core.Planning;
using Harness.Host.Facts;
using Harness.Host.Provisioning;
using Harness.Images.Packages;
using Harness.Images.Userlands;
using Harness.Instruments.Footprint;

namespace Harness.Runs;

/// <summary>How a run is carried out, beside what is run: engine, pulling, provisioning, gates.</summary>
public sealed record RunRequest
{
    /// <summary>Experiments and runs.</summary>
    public required Locations Locations { get; init; }

    /// <summary><c>--run-id</c>, or null.</summary>
    public required string? RunId { get; init; }

    /// <summary><c>--resume</c>.</summary>
    public required bool Resume { get; init; }

    /// <summary><c>--parallel</c>, or null.</summary>
    public required int Parallel { get; init; }

    /// <summary><c>--wave</c>: userlands that are prepared together.</summary>
    public required int Wave { get; init; }

    /// <summary><c>--engine</c>.</summary>
    public required EngineArguments Engines { get; init; }

    /// <summary><c>--pull</c>.</summary>
    public required PullPolicy Pull { get; init; }

    /// <summary><c>--mirror</c>.</summary>
    public required MirrorOptions Mirrors { get; init; }

    /// <summary><c>--lock</c>: the file, or null.</summary>
    public required string? Lock { get; init; }

    /// <summary>What is asked of the coverage.</summary>
    public required CoverageGates Gates { get; init; }

    /// <summary>Whether packages may be installed.</summary>
    public required bool Provision { get; init; }

    /// <summary>Whether images of unknown origin may run where they are confined less than in an engine's container.</summary>
    public required bool AllowUnconfined { get; init; }

    /// <summary>Whether images that the run pulls stay in the engine.</summary>
    public required bool KeepImages { get; init; }

    /// <summary>Whether a resumed run's probes may differ from the repository's also where they run on this host.</summary>
    public required bool TrustDefinitions { get; init; }

    /// <summary>Verdicts that make the command exit with 1.</summary>
    public required ImmutableArray<string> FailOn { get; init; }

    /// <summary>The command line, for the record: without logins.</summary>
    public required ImmutableArray<string> Arguments { get; init; }

    /// <summary>Reads the options.</summary>
    /// <exception cref="HarnessException">A value is wrong.</exception>
    public static RunRequest Read(ParseResult result, Options options) => new()
    {
        Locations = Locations.Find(result.GetValue(options.Out)),
        Lock = result.GetValue(options.Lock) is { } named ? Locations.Find(result.GetValue(options.Out)).FindLock(named) : null,
        Gates = new CoverageGates([.. result.GetValue(options.Require)!], result.GetValue(options.MinCoverage)),
        RunId = result.GetValue(options.RunId),
        Resume = result.GetValue(options.Resume),
        Parallel = result.GetValue(options.Parallel) ?? Math.Clamp(2 * Environment.ProcessorCount, 2, 8),
        Wave = result.GetValue(options.Wave) ?? Core.Running.Waves.DefaultSize,
        Engines = EngineOptions.Read(result, options),
        Pull = Enum.Parse<PullPolicy>(result.GetValue(options.Pull)!, ignoreCase: true),
        Mirrors = MirrorOptions.Read(result.GetValue(options.Mirror)!),
        Provision = result.GetValue(options.Provision) || Provisioner.AllowedByEnvironment,
        AllowUnconfined = result.GetValue(options.AllowUnconfined),
        KeepImages = result.GetValue(options.KeepImages),
        TrustDefinitions = result.GetValue(options.TrustDefinitions),
        FailOn = [.. result.GetValue(options.FailOn)!.Select(Verdict)],
        Arguments = [.. result.Tokens.Select(token => Redaction.Address(token.Value))],
    };

    /// <summary>The runtimes' options for a run.</summary>
    public RuntimeOptions Runtimes(RunFolder folder, Core.Definitions.UserlandCatalogue catalogue, Core.Definitions.KernelCatalogue kernels, ImageLock? images, IProgress<string> messages) => new()
    {
        RunId = folder.RunId,
        Userlands = catalogue.Userlands,
        Kernels = kernels.Kernels,
        AgentDirectory = Path.Combine(Locations.Experiments, "probes", "bin"),
        Messages = messages,
        PullProgress = messages as IProgress<PullState>,
        KeepImages = KeepImages,
        // That one is booted, not found.
        EngineUri = Engines.Unnamed == RuntimeNames.DockerInVm ? null : Engines.Unnamed,
        Engines = Engines.Named,
        ProvisionAllowed = Provision,
        Pull = Pull,
        Mirrors = Mirrors.Packages,
        Images = Mirrors.Images,
        Lock = images,
    };

    /// <summary>Why cells must not be run; see <see cref="Origins"/>.</summary>
    /// <param name="catalogue">The run's userlands.</param>
    /// <param name="images">The lock in use, or null.</param>
    public Func<Core.Model.Cell, string?> Refusal(Core.Definitions.UserlandCatalogue catalogue, ImageLock? images)
    {
        if (AllowUnconfined)
        {
            return _ => null;
        }

        // Not the run folder's copy: whoever made the folder could have added entries.
        var origins = new Origins(Core.Definitions.UserlandCatalogue.Read(Path.Combine(Locations.Experiments, "userlands.yaml")), images, Mirrors.Images);
        return cell => origins.Refusal(cell, catalogue);
    }

    internal static string Verdict(string text) => text switch
    {
        "refuted" or "inconclusive" or "qualified" or "supported" => text,
        "not-tested" or "not tested" => "not tested",
        _ => throw new HarnessException($"--fail-on '{text}': must be refuted, qualified, inconclusive, not-tested or supported"),
    };
}
