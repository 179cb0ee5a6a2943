using System.Collections.Immutable;
using ArchUnitNET.Domain;
using ArchUnitNET.Loader;
using Harness.Analysis;
using Harness.Cli;
using Harness.Core;
using Harness.Engines.Connecting;
using Harness.Host.Processes;
using Harness.Images.Userlands;
using Harness.Instruments;
using Harness.Reporting;
using Harness.Runtimes;
using Harness.Sandboxes.Treatments;
using Assembly = System.Reflection.Assembly;

namespace Harness.Tests.Architecture;

/// <summary>The layers, by what is compiled: projects refer downwards only, and no project's folders form a circle.</summary>
public sealed class LayerTests
{
    // From the bottom. Analysis and Reporting read run folders and know nothing of the machine.
    private static readonly ImmutableArray<(string Name, Assembly Assembly, ImmutableArray<string> Below)> Layers =
    [
        ("Harness.Core", typeof(HarnessException).Assembly, []),
        ("Harness.Analysis", typeof(RunAnalysis).Assembly, ["Harness.Core"]),
        ("Harness.Reporting", typeof(Derivation).Assembly, ["Harness.Core", "Harness.Analysis"]),
        ("Harness.Host", typeof(HostClock).Assembly, ["Harness.Core"]),
        ("Harness.Engines", typeof(EngineRuntimes).Assembly, ["Harness.Core", "Harness.Host"]),
        ("Harness.Images", typeof(PullPolicy).Assembly, ["Harness.Core", "Harness.Host", "Harness.Engines"]),
        ("Harness.Sandboxes", typeof(RuntimePrograms).Assembly, ["Harness.Core", "Harness.Host", "Harness.Engines", "Harness.Images"]),
        ("Harness.Instruments", typeof(BenchmarkDriver).Assembly, ["Harness.Core", "Harness.Host", "Harness.Engines", "Harness.Images", "Harness.Sandboxes"]),
        ("Harness.Runtimes", typeof(RuntimeSet).Assembly, ["Harness.Core", "Harness.Host", "Harness.Engines", "Harness.Images", "Harness.Sandboxes", "Harness.Instruments"]),
        ("harness", typeof(Options).Assembly, ["Harness.Core", "Harness.Analysis", "Harness.Reporting", "Harness.Host", "Harness.Engines", "Harness.Images", "Harness.Sandboxes", "Harness.Instruments", "Harness.Runtimes"]),
    ];

    /// <summary>All of them.</summary>
    internal static IEnumerable<Assembly> Assemblies => Layers.Select(layer => layer.Assembly);

    /// <summary>Each project.</summary>
    public static TheoryData<string> Names => [.. Layers.Select(layer => layer.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void AProjectRefersToLayersBelowItOnly(string name)
    {
        var (_, assembly, below) = Layers.Single(layer => layer.Name == name);

        var known = assembly.GetReferencedAssemblies().Select(reference => reference.Name!).Where(reference => Layers.Any(layer => layer.Name == reference));

        Assert.Empty(known.Except(below, StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void FoldersOfAProjectFormNoCircle(string name)
    {
        var uses = Uses(new ArchLoader().LoadAssembly(Layers.Single(layer => layer.Name == name).Assembly).Build());

        Assert.Equal("", string.Join('\n', Circle(uses)));
    }

    [Fact]
    public void ACircleIsFoundAndSaid()
    {
        var uses = Uses(new ArchLoader().LoadAssembly(typeof(LayerTests).Assembly).Build())
            .Where(use => use.From.StartsWith(typeof(Samples.Left.One).Namespace![..^".Left".Length], StringComparison.Ordinal));

        Assert.Equal(["Harness.Tests.Architecture.Samples.Left -> Harness.Tests.Architecture.Samples.Right: One uses Two", "Harness.Tests.Architecture.Samples.Right -> Harness.Tests.Architecture.Samples.Left: Two uses One"], Circle(uses));
    }

    // What one folder's types use of another's, by namespaces.
    private static IEnumerable<(string From, string To, string Say)> Uses(ArchUnitNET.Domain.Architecture architecture)
    {
        var own = architecture.Types.Where(type => type.Namespace.FullName.StartsWith("Harness", StringComparison.Ordinal)).ToList();
        var names = own.Select(type => type.FullName).ToHashSet(StringComparer.Ordinal);
        return own.SelectMany(
            type => type.Dependencies.Select(dependency => dependency.Target).Where(target => names.Contains(target.FullName) && target.Namespace.FullName != type.Namespace.FullName),
            (type, target) => (type.Namespace.FullName, target.Namespace.FullName, $"{Outer(type)} uses {Outer(target)}")).Distinct();
    }

    // What the compiler makes has a name behind a +.
    private static string Outer(IType type) => type.FullName[(type.Namespace.FullName.Length + 1)..].Split('+', '/')[0];

    // The uses between folders that can reach each other both ways, one line a pair; none where there is no circle.
    private static ImmutableArray<string> Circle(IEnumerable<(string From, string To, string Say)> uses)
    {
        var all = uses.ToList();
        var next = all.ToLookup(use => use.From, use => use.To, StringComparer.Ordinal);
        return
        [
            .. all.Where(use => Reaches(next, use.To, use.From))
                .GroupBy(use => (use.From, use.To), use => use.Say)
                .Select(pair => $"{pair.Key.From} -> {pair.Key.To}: {string.Join(", ", pair.Order(StringComparer.Ordinal).Take(5))}")
                .Order(StringComparer.Ordinal),
        ];
    }

    private static bool Reaches(ILookup<string, string> next, string from, string to)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal) { from };
        var open = new Queue<string>(seen);
        while (open.TryDequeue(out var folder))
        {
            if (folder == to)
            {
                return true;
            }

            foreach (var further in next[folder].Where(seen.Add))
            {
                open.Enqueue(further);
            }
        }

        return false;
    }
}
