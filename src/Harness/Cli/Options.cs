using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Harness.Core.Definitions;
using Harness.Images.Userlands;
using Harness.Runs;

namespace Harness.Cli;

/// <summary>Every option of the command line, each described once; commands pick theirs.</summary>
public sealed class Options
{
    /// <summary>Fewer blocks and userlands.</summary>
    public Option<bool> Quick { get; } = Flag("--quick", "Use each experiment's short settings; the report says so.");

    /// <summary>Where runs are kept.</summary>
    public Option<string?> Out { get; } = Text("--out", "DIR", "Folder that runs are written to (default: results/ of the repository, else ./results).");

    /// <summary>The run's name.</summary>
    public Option<string?> RunId { get; } = Text("--run-id", "ID", "Name of the run and its folder (default: the time and a random suffix).");

    /// <summary>Continue.</summary>
    public Option<bool> Resume { get; } = Flag("--resume", "Continue --run-id, or the newest unfinished run: only missing trials run. Starts a run if there is none.");

    /// <summary>Seed of every shuffle.</summary>
    public Option<ulong?> Seed { get; } = new("--seed") { HelpName = "N", Description = "Random seed for the trial order (default: drawn, and recorded)." };

    /// <summary><c>--shard</c>.</summary>
    public Option<string?> Shard { get; } = Text("--shard", "I/N", "Run part I of N of the plan: one part a host, all with the same --seed; 'harness merge' makes one run of them. auto: as GitLab CI, CircleCI, Buildkite, Slurm or Kubernetes says.");

    /// <summary><c>--costs</c>.</summary>
    public Option<string?> Costs { get; } = Text("--costs", "RUN", "Where the plan is cut into parts: balance the parts by what trials took in this earlier run, the same for all parts (default: by what is typical).");

    /// <summary><c>plan --shards</c>.</summary>
    public Option<int?> Shards { get; } = Positive("--shards", "Show the plan cut into this many parts for --shard, and what each is expected to take; with --json a matrix for CI.");

    /// <summary>Number of blocks.</summary>
    public Option<int?> Repeat { get; } = Positive("--repeat", "Blocks to run, instead of the experiment's number.");

    /// <summary>Globs over cells.</summary>
    public Option<string[]> Filter { get; } = Many("--filter", "GLOB", "Run only matching cells, for example '*|host|*/runc||*'; may be repeated.");

    /// <summary>Userlands.</summary>
    public Option<string[]> Userland { get; } = Many("--userland", "ID", "Userland instead of the experiment's; may be repeated.");

    /// <summary>The names of tiers, the smallest first.</summary>
    public static ImmutableArray<string> Tiers { get; } = ["quick", "core", "full"];

    /// <summary>A tier of userlands.</summary>
    public Option<string?> Tier { get; } = new Option<string?>("--tier")
    {
        HelpName = "quick|core|full",
        Description = "Userlands of experiments that take a tier of the catalogue, instead of the experiment's tier.",
    }.AcceptOnlyFromAmong([.. Tiers]);

    /// <summary>Kernels.</summary>
    public Option<string[]> Kernel { get; } = Many("--kernel", "ID", "Kernel instead of the experiment's; may be repeated.");

    /// <summary>Runtimes.</summary>
    public Option<string[]> Runtime { get; } = Many("--runtime", "NAME", "Runtime instead of the experiment's (host cells stay, for comparison); may be repeated.");

    /// <summary>Accelerator.</summary>
    public Option<string?> Accelerator { get; } = new Option<string?>("--accelerator")
    {
        HelpName = "NAME",
        Description = "VM accelerator: kvm or tcg (default: kvm if a guest boots under it, else tcg).",
    }.AcceptOnlyFromAmong("kvm", "tcg");

    /// <summary>Ad-hoc images.</summary>
    public Option<string[]> Image { get; } = Many("--image", "REF", "Any image, in the engine or a registry, as the userland; may be repeated.");

    /// <summary>More catalogues.</summary>
    public Option<string[]> Catalog { get; } = Many("--catalog", "FILE", "More userlands and kernels, in the format of experiments/userlands.yaml and kernels.yaml; may be repeated.");

    /// <summary>Parallel sandboxes.</summary>
    public Option<int?> Parallel { get; } = Positive("--parallel", "Sandboxes to run in parallel, in untimed experiments only (default: twice the processors, at most 8).");

    /// <summary>Per probe.</summary>
    public Option<TimeSpan?> Timeout { get; } = new("--timeout")
    {
        HelpName = "TIME",
        Description = "Time limit for each probe, e.g. 500ms, 20s or 2m, instead of the experiment's.",
        CustomParser = ParseDuration,
    };

    /// <summary>The engine.</summary>
    public Option<string?> Engine { get; } = Text("--engine", "URI", "Docker or Podman, as unix:///var/run/docker.sock, tcp://host:2376 or ssh://user@host (default: DOCKER_HOST, the current context, the default socket, else a private daemon).");

    /// <summary>The engines of a run.</summary>
    public Option<string[]> Engines { get; } = Many("--engine", "[NAME=]URI", "Engine, as unix:///var/run/docker.sock, tcp://host:2376 or ssh://user@host; docker@vm is Docker in a VM that the harness boots. To compare several, repeat it with a name each: --engine docker=URI --engine podman=URI; docker=private and podman=private are started and ended by the harness (default: DOCKER_HOST, the current context, the default socket, else a private daemon).");

    /// <summary>Package mirrors.</summary>
    public Option<string[]> Mirror { get; } = Many("--mirror", "NAME=WHERE", "Where to fetch from: debian=URL, packages and kernels (default: the host's own mirror), debian/SUITE=URL for one suite, debian-archive=URL for suites that mirrors no longer have; images=HOST:PORT/PREFIX or images=oci:DIR, a copy that 'images mirror' made; may be repeated.");

    /// <summary>Locked images.</summary>
    public Option<string?> Lock { get; } = Text("--lock", "RUN|FILE", "Use exactly the images that an earlier run used, or that 'images lock' wrote; images that are not available count as unavailable.");

    /// <summary>Cells that must be measured.</summary>
    public Option<string[]> Require { get; } = Many("--require", "GLOB", "Exit 1 if a cell that matches was not measured; may be repeated.");

    /// <summary>Least coverage.</summary>
    public Option<decimal?> MinCoverage { get; } = new("--min-coverage")
    {
        HelpName = "PERCENT",
        Description = "Exit 1 if fewer of the planned trials were measured.",
        CustomParser = ParsePercent,
    };

    /// <summary>Pull policy.</summary>
    public Option<string> Pull { get; } = new Option<string>("--pull")
    {
        HelpName = "never|missing|always",
        Description = "When to pull images.",
        DefaultValueFactory = _ => "missing",
    }.AcceptOnlyFromAmong("never", "missing", "always");

    /// <summary>Images stay.</summary>
    public Option<bool> KeepImages { get; } = Flag("--keep-images", "Leave images that the run pulls in the engine (default: each is removed after its last trial; what was there before stays).");

    /// <summary>Userlands at once.</summary>
    public Option<int?> Wave { get; } = Positive("--wave", "Userlands that are fetched, run and removed together in untimed experiments: fewer need less disk, more may run faster (default: 8).");

    /// <summary>Install.</summary>
    public Option<bool> Provision { get; } = Flag("--provision", "Install what is missing with the system's package manager (as root, or by sudo where it asks for no password; also HARNESS_PROVISION=1).");

    /// <summary>Unknown images, less confined.</summary>
    public Option<bool> AllowUnconfined { get; } = Flag(Origins.Option, "Run images of unknown origin also where they are confined less than in an engine's container (docs/images.md lists where).");

    /// <summary>The name of <see cref="TrustDefinitions"/>, as messages give it.</summary>
    internal const string TrustDefinitionsName = "--trust-definitions";

    /// <summary>Somebody else's run.</summary>
    public Option<bool> TrustDefinitions { get; } = Flag(TrustDefinitionsName, "With --resume: run the folder's probes on this host although they differ from the repository's.");

    /// <summary>Plan only.</summary>
    public Option<bool> DryRun { get; } = Flag("--dry-run", "Show the plan and stop.");

    /// <summary>Machine-readable.</summary>
    public Option<bool> Json { get; } = Flag("--json", "Answer as JSON.");

    /// <summary>Plain.</summary>
    public Option<bool> NoColor { get; } = new("--no-color") { Description = "No colours (also NO_COLOR).", Recursive = true };

    /// <summary>Verdicts that fail the command.</summary>
    public Option<string[]> FailOn { get; } = Many("--fail-on", "VERDICT", "Exit 1 if the verdict on a claim as stated is this: refuted, qualified, inconclusive, not-tested or supported; may be repeated.");

    /// <summary>The tier of that name, one of <see cref="Tiers"/>.</summary>
    public static UserlandTier TierOf(string name) => Enum.Parse<UserlandTier>(name, ignoreCase: true);

    /// <summary>The experiments a command is about.</summary>
    public static Argument<string[]> Experiments(string description)
    {
        var ids = new Argument<string[]>("experiment") { Description = description, Arity = ArgumentArity.ZeroOrMore };
        ids.Validators.Add(result =>
        {
            // The parser takes a misspelt option for one more experiment.
            foreach (var token in result.Tokens.Where(token => token.Value.StartsWith('-')))
            {
                result.AddError($"Unrecognized option '{token.Value}'");
            }
        });
        return ids;
    }

    private static Option<bool> Flag(string name, string description) => new(name) { Description = description };

    private static Option<string?> Text(string name, string value, string description) => new(name) { HelpName = value, Description = description };

    private static Option<string[]> Many(string name, string value, string description) => new(name)
    {
        HelpName = value,
        Description = description,
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
        DefaultValueFactory = _ => [],
    };

    private static Option<int?> Positive(string name, string description) => new(name)
    {
        HelpName = "N",
        Description = description,
        CustomParser = result =>
        {
            if (int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0)
            {
                return number;
            }

            result.AddError($"{name} needs a whole number from 1, not '{result.Tokens[0].Value}'");
            return null;
        },
    };

    private static decimal? ParsePercent(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (decimal.TryParse(text.TrimEnd('%'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent) && percent <= 100)
        {
            return percent;
        }

        result.AddError($"--min-coverage needs a number from 0 to 100, not '{text}'");
        return null;
    }

    private static TimeSpan? ParseDuration(ArgumentResult result)
    {
        try
        {
            return Quantity.Duration(result.Tokens[0].Value);
        }
        catch (FormatException e)
        {
            result.AddError($"--timeout: {e.Message}");
            return null;
        }
    }
}
