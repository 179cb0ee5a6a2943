using System.Text.Json;
using Harness.Analysis.Comparing;
using Harness.Core;
using Harness.Core.Model;

namespace Harness.Analysis.Merging;

/// <summary>Makes one environment of what several parts say of their host: one machine in one state, or what is timed there would not be one host's.</summary>
internal static class HostMerge
{
    private const string InVm = "engine in a VM";

    /// <summary>The host's environment.</summary>
    /// <param name="host">Its id.</param>
    /// <param name="parts">The parts that it ran, with what each says of it.</param>
    /// <exception cref="HarnessException">They say that it was two machines, or one in two states.</exception>
    internal static HostEnvironment Of(string host, ImmutableArray<(MergePart Part, HostEnvironment Environment)> parts)
    {
        RequireOne(host, parts);
        // Of a part that was continued, as it was the last time.
        var environment = parts.OrderBy(one => one.Part.FirstOn(host) ?? int.MaxValue).ThenByDescending(one => one.Environment.Tool.StartedAt).First().Environment;
        var named = parts.Where(one => one.Environment.Engines is not null).SelectMany(one => one.Environment.Engines!).ToLookup(one => one.Key, one => one.Value, StringComparer.Ordinal);
        return environment with
        {
            Engine = OneOf(parts.Select(one => one.Environment.Engine)),
            Engines = parts.Any(one => one.Environment.Engines is not null) ? named.ToImmutableSortedDictionary(one => one.Key, one => OneOf(one)!, StringComparer.Ordinal) : null,
            EngineInVm = OneOf(parts.Select(one => one.Environment.EngineInVm)),
            Remarks = [.. parts.SelectMany(one => one.Environment.Remarks).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
        };
    }

    private static void RequireOne(string host, ImmutableArray<(MergePart Part, HostEnvironment Environment)> parts)
    {
        // A part without containers has asked no engine: the first one that has is what all others are held against.
        var known = new Dictionary<string, (string Value, MergePart Part)>(StringComparer.Ordinal);
        foreach (var (part, environment) in parts)
        {
            ImmutableArray<(string What, string Value)> others = [.. Facts(environment).Where(fact => !known.TryAdd(fact.What, (fact.Value, part)) && known[fact.What].Value != fact.Value)];
            if (others.IsEmpty)
                continue;
            var (what, value) = others[0];
            var also = others.Length > 1 ? $" (also different: {string.Join(", ", others.Skip(1).Select(one => one.What))})" : "";
            throw new HarnessException(
                $"{part.Folder.Root}: ran on host {host} with {what} {value}, and {known[what].Part.Folder.Root} there with {known[what].Value}{also}: "
                + "run the parts of one host again in one state; if these are two machines, give each its own /etc/machine-id first");
        }
    }

    private static IEnumerable<(string What, string Value)> Facts(HostEnvironment environment)
    {
        // Engines follow where they were asked: what is not there says nothing.
        var without = environment with { Engine = null, Engines = null };
        foreach (var fact in Unlike.HostKind(without).Except(Unlike.EngineKind("engine", null)))
            yield return fact;
        var engines = environment.EnginesByName.Select(one => (Called: $"engine{one.Called}", one.Facts));
        foreach (var (called, engine) in environment.EngineInVm is { } inVm ? engines.Append((InVm, inVm)) : engines)
        {
            foreach (var (what, value) in Unlike.EngineKind(called, engine))
                yield return (what, value);
            foreach (var (what, value) in new[] { ("kernel", engine.KernelVersion), ("operating system", engine.OperatingSystem), ("machine", engine.Machine) })
            {
                if (value is not null)
                    yield return ($"{called}'s {what}", value);
            }
        }
    }

    // Which of them does not depend on the order of merging, and what one of them does not say another does.
    private static EngineFacts? OneOf(IEnumerable<EngineFacts?> facts)
    {
        ImmutableArray<EngineFacts> all = [.. facts.OfType<EngineFacts>()];
        if (all.IsEmpty)
            return null;
        var components = all.SelectMany(one => one.Components).DistinctBy(one => one.Key, StringComparer.Ordinal).ToImmutableSortedDictionary(StringComparer.Ordinal);
        return all.Select(one => one with
        {
            Components = components,
            KernelVersion = all.Select(other => other.KernelVersion).FirstOrDefault(said => said is not null),
            OperatingSystem = all.Select(other => other.OperatingSystem).FirstOrDefault(said => said is not null),
            Machine = all.Select(other => other.Machine).FirstOrDefault(said => said is not null),
        }).MinBy(one => JsonSerializer.Serialize(one), StringComparer.Ordinal);
    }
}
