using System.CommandLine;
using System.Globalization;
using Harness.Cli;
using Harness.Core;
using Harness.Core.Journaling;
using Harness.Runtimes;
using Harness.Runtimes.Provisioning;
using Harness.Runtimes.Userlands;

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

    /// <summary><c>--engine</c>, or null.</summary>
    public required string? Engine { get; init; }

    /// <summary><c>--pull</c>.</summary>
    public required PullPolicy Pull { get; init; }

    /// <summary>Mirrors by distribution.</summary>
    public required ImmutableSortedDictionary<string, string> Mirrors { get; init; }

    /// <summary>Whether packages may be installed.</summary>
    public required bool Provision { get; init; }

    /// <summary>Verdicts that make the command exit with 1.</summary>
    public required ImmutableArray<string> FailOn { get; init; }

    /// <summary>The command line, for the record.</summary>
    public required ImmutableArray<string> Arguments { get; init; }

    /// <summary>Reads the options.</summary>
    /// <exception cref="HarnessException">A value is wrong.</exception>
    public static RunRequest Read(ParseResult result, Options options) => new()
    {
        Locations = Locations.Find(result.GetValue(options.Out)),
        RunId = result.GetValue(options.RunId),
        Resume = result.GetValue(options.Resume),
        Parallel = result.GetValue(options.Parallel) ?? Math.Clamp(2 * Environment.ProcessorCount, 2, 8),
        Engine = result.GetValue(options.Engine),
        Pull = Enum.Parse<PullPolicy>(result.GetValue(options.Pull)!, ignoreCase: true),
        Mirrors = ReadMirrors(result.GetValue(options.Mirror)!),
        Provision = result.GetValue(options.Provision) || Provisioner.AllowedByEnvironment,
        FailOn = [.. result.GetValue(options.FailOn)!.Select(Verdict)],
        Arguments = [.. result.Tokens.Select(token => token.Value)],
    };

    /// <summary>The runtimes' options for a run.</summary>
    public RuntimeOptions Runtimes(RunFolder folder, Core.Definitions.UserlandCatalogue catalogue, Core.Definitions.KernelCatalogue kernels, IProgress<string> messages) => new()
    {
        RunId = folder.RunId,
        Userlands = catalogue.Userlands,
        Kernels = kernels.Kernels,
        AgentDirectory = Path.Combine(Locations.Experiments, "probes", "bin"),
        Messages = messages,
        EngineUri = Engine,
        ProvisionAllowed = Provision,
        Pull = Pull,
        Mirrors = Mirrors,
    };

    private static ImmutableSortedDictionary<string, string> ReadMirrors(string[] mirrors)
    {
        var read = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var mirror in mirrors)
        {
            var equals = mirror.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || !Uri.TryCreate(mirror[(equals + 1)..], UriKind.Absolute, out _))
            {
                throw new HarnessException(string.Create(CultureInfo.InvariantCulture, $"--mirror '{mirror}': write NAME=URL, as debian=http://mirror.example/debian"));
            }

            read[mirror[..equals]] = mirror[(equals + 1)..];
        }

        return read.ToImmutable();
    }

    private static string Verdict(string text) => text switch
    {
        "refuted" or "inconclusive" or "supported" => text,
        "not-tested" or "not tested" => "not tested",
        _ => throw new HarnessException($"--fail-on '{text}': must be refuted, inconclusive, not-tested or supported"),
    };
}
