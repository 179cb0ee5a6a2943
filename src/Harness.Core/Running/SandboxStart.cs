using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Core.Protocol;

namespace Harness.Core.Running;

/// <summary>Everything one start of a sandbox needs: the agent's plan with a key of its own, and the files beside it.</summary>
public sealed record SandboxStart(ChannelKey Key, SandboxRequest Request)
{
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
        ScriptFiles scripts,
        string imageDigest,
        TimeSpan? timeout)
    {
        var key = ChannelKey.Create();
        var files = ImmutableSortedDictionary.CreateBuilder<string, ImmutableArray<byte>>(StringComparer.Ordinal);
        var probes = trials.Select((trial, index) =>
        {
            var probe = experiment.Probes.First(candidate => candidate.Id == trial.Probe);
            var limit = timeout ?? probe.Timeout ?? experiment.Timeout;
            return Agent(probe, checked((ushort)index), limit, experiment.Limits.OutputBytes, scripts, files);
        }).ToImmutableArray();
        var plan = new AgentPlan { Key = key, Environment = _environment, Probes = probes };
        return new SandboxStart(key, new SandboxRequest
        {
            SandboxId = $"b{trials[0].Block:d3}-{Guid.NewGuid():N}"[..13],
            Cell = trials[0].Cell,
            ImageDigest = imageDigest,
            AgentPlan = plan.Render(),
            Files = files.ToImmutable(),
            Limits = experiment.Limits,
            Deadline = probes.Aggregate(_margin, (sum, probe) => sum + probe.Timeout),
        });
    }

    private static AgentProbe Agent(
        ProbeDefinition probe, ushort index, TimeSpan timeout, int outputLimit, ScriptFiles scripts, ImmutableSortedDictionary<string, ImmutableArray<byte>>.Builder files)
    {
        switch (probe.Kind)
        {
            case ProbeKind.Builtin:
                return new BuiltinProbe(index, timeout, outputLimit, probe.Command[0]);
            case ProbeKind.Script:
                var name = Path.GetFileName(probe.Command[0]);
                files[name] = scripts.Read(probe.Command[0]);
                return new ScriptProbe(index, timeout, outputLimit, $"/.harness/{name}");
            default:
                return new ExecProbe(index, timeout, outputLimit, probe.Command);
        }
    }
}

/// <summary>The scripts of an experiments folder, each read once.</summary>
/// <param name="root">The folder that scripts' paths are relative to.</param>
public sealed class ScriptFiles(string root)
{
    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, ImmutableArray<byte>> _files = new(StringComparer.Ordinal);

    /// <summary>The script's bytes.</summary>
    /// <exception cref="HarnessException">There is no such file.</exception>
    public ImmutableArray<byte> Read(string path) => _files.GetOrAdd(path, relative =>
    {
        var full = Path.Combine(root, relative);
        return File.Exists(full) ? [.. File.ReadAllBytes(full)] : throw new HarnessException($"{full}: no such script, though an experiment names it");
    });
}
