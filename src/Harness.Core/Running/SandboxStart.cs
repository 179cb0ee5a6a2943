using System.Globalization;
using System.Security.Cryptography;
using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Core.Protocol;

namespace Harness.Core.Running;

/// <summary>Everything one start of a sandbox needs: a key of its own, the agent's plan, and the files beside it.</summary>
public sealed record SandboxStart(SandboxRequest Request)
{
    // Raw bytes are named by it: with 64 random bits no two sandboxes of a run meet, however many there are.
    private const int IdDigits = 16;

    // What starting may take beyond the probes themselves: a VM under TCG boots in seconds, an engine under load answers late.
    private static readonly TimeSpan _margin = TimeSpan.FromSeconds(60);

    private static readonly ImmutableArray<EnvironmentVariable> _environment =
    [
        new("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
        new("HOME", "/"),
        new("LC_ALL", "C"),
        new("TERM", "dumb"),
    ];

    /// <summary>For the trials given, in their order.</summary>
    public static SandboxStart For(
        ImmutableArray<PlannedTrial> trials,
        ExperimentDefinition experiment,
        ProbeFiles files,
        Preparation.Ready ready,
        TimeSpan? timeout)
    {
        var carried = new Carried(files, ready.Architecture);
        var probes = trials.Select((trial, index) =>
        {
            var probe = experiment.Probes.First(candidate => candidate.Id == trial.Probe);
            var limit = timeout ?? probe.Timeout ?? experiment.Timeout;
            return Agent(probe, checked((ushort)index), limit, experiment.Limits.OutputBytes, carried);
        }).ToImmutableArray();
        // First, so that no program of the image has run. Not where starting is measured.
        if (ready.ShowsTreatment && !experiment.Timed)
        {
            probes = probes.Insert(0, TreatmentFacts.Probe);
        }

        var plan = new AgentPlan { Environment = _environment, Probes = probes };
        return new SandboxStart(new SandboxRequest
        {
            SandboxId = NewId(trials[0].Block),
            Key = ChannelKey.Create(),
            Cell = trials[0].Cell,
            ImageDigest = ready.ImageDigest,
            AgentPlan = plan.Render(),
            Files = carried.Scripts.ToImmutable(),
            Programs = carried.Programs.ToImmutable(),
            Limits = experiment.Limits,
            Timed = experiment.Timed,
            Deadline = probes.Aggregate(_margin, (sum, probe) => sum + probe.Timeout),
        });
    }

    /// <summary>An id that no other sandbox of the run has: <c>b001-</c> with the block, and 16 hex digits.</summary>
    internal static string NewId(int block) => $"b{block.ToString("d3", CultureInfo.InvariantCulture)}-{RandomNumberGenerator.GetHexString(IdDigits, lowercase: true)}";

    private static AgentProbe Agent(ProbeDefinition probe, ushort index, TimeSpan timeout, int outputLimit, Carried carried)
    {
        switch (probe.Kind)
        {
            case ProbeKind.Builtin or ProbeKind.Benchmark or ProbeKind.Fleet:
                return new BuiltinProbe(index, timeout, outputLimit, probe.Command[0]);
            case ProbeKind.Script:
                foreach (var program in probe.Programs)
                {
                    carried.Program(program);
                }

                return new ScriptProbe(index, timeout, outputLimit, carried.Script(probe.Command[0]));
            case ProbeKind.Program:
                return new ExecProbe(index, timeout, outputLimit, [carried.Program(probe), .. probe.Command[1..]]);
            default:
                return new ExecProbe(index, timeout, outputLimit, probe.Command);
        }
    }

    /// <summary>What is copied in beside the agent, collected probe by probe.</summary>
    private sealed class Carried(ProbeFiles files, string architecture)
    {
        public ImmutableSortedDictionary<string, ImmutableArray<byte>>.Builder Scripts { get; } = Builder();

        public ImmutableSortedDictionary<string, ImmutableArray<byte>>.Builder Programs { get; } = Builder();

        public string Script(string path)
        {
            var name = Path.GetFileName(path);
            Scripts[name] = files.Script(path);
            return $"/.harness/{name}";
        }

        // Beside the sandbox's own build of it, whose name has no suffix.
        public string Program(ProbeDefinition probe)
        {
            if (!probe.Foreign)
            {
                return Program(probe.Command[0]);
            }

            var other = ProbeFiles.ArchitectureOf(probe, architecture);
            var name = $"{probe.Command[0]}-{other}";
            Programs[name] = files.Program(probe.Command[0], other) ?? throw new InvalidOperationException($"the program {name} was not looked for before the start");
            return $"/.harness/{name}";
        }

        public string Program(string name)
        {
            Programs[name] = files.Program(name, architecture) ?? throw new InvalidOperationException($"the program {name} was not looked for before the start");
            return $"/.harness/{name}";
        }

        private static ImmutableSortedDictionary<string, ImmutableArray<byte>>.Builder Builder() =>
            ImmutableSortedDictionary.CreateBuilder<string, ImmutableArray<byte>>(StringComparer.Ordinal);
    }
}
