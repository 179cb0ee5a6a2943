using System.Collections.Immutable;
using System.Xml.Linq;
using ArchUnitNET.Domain;
using ArchUnitNET.Loader;
using Harness.Core.Definitions;
using Harness.Engines.Connecting;
using Assembly = System.Reflection.Assembly;

namespace Harness.Tests.Architecture;

/// <summary>What an engine is spoken to with is known to Harness.Engines alone: the layers above know its own interface.</summary>
public sealed class EngineLibraryTests
{
    // Whatever that project is built on and is neither .NET's nor the harness's own, so that a further engine's library is held without a line here.
    private static readonly ImmutableArray<Assembly> Libraries =
    [
        .. typeof(EngineRuntimes).Assembly.GetReferencedAssemblies()
            .Where(reference => reference.Name!.Split('.')[0] is not ("System" or "Microsoft" or "Harness" or "netstandard"))
            .Select(Assembly.Load),
    ];

    private static readonly ImmutableHashSet<string> Known = [.. Libraries.SelectMany(library => library.GetExportedTypes()).Select(type => Outer(type.FullName!))];

    /// <summary>Each project but the one.</summary>
    public static TheoryData<string> Names => [.. LayerTests.Assemblies.Select(assembly => assembly.GetName().Name!).Where(name => name != "Harness.Engines")];

    [Theory]
    [MemberData(nameof(Names))]
    public void NoTypeUsesAClientLibrary(string name)
    {
        var assembly = LayerTests.Assemblies.Single(assembly => assembly.GetName().Name == name);

        Assert.Equal("", string.Join('\n', Uses(assembly)));
        // Also what leaves no trace in a signature or a body that is looked at.
        Assert.Empty(assembly.GetReferencedAssemblies().Select(reference => reference.Name).Intersect(Libraries.Select(library => library.GetName().Name)));
    }

    [Fact]
    public void AUseIsFoundAndNamed()
    {
        var uses = Uses(typeof(EngineRuntimes).Assembly);

        Assert.Contains("Harness.Engines.DockerApi.DockerEngine uses Docker.DotNet.DockerClient", uses);
        Assert.Contains("Harness.Engines.DockerApi.DockerAnswers uses Docker.DotNet.Models.HostConfig", uses);
    }

    [Fact]
    public void WithinHarnessEnginesOnlyTheFoldersOfApisUseThem() =>
        Assert.All(Uses(typeof(EngineRuntimes).Assembly), use => Assert.Matches(@"^Harness\.Engines\.\w+Api\.", use));

    [Fact]
    public void TheLibrariesAreThoseOfDockersApi()
    {
        Assert.Superset(new HashSet<string?> { "Docker.DotNet", "Testcontainers" }, Libraries.Select(library => library.GetName().Name).ToHashSet());
        // One that has types in a name of .NET's would have every use of .NET found.
        Assert.All(Known, type => Assert.DoesNotMatch(@"^(System|Microsoft|Harness)\b", type));
    }

    [Fact]
    public void NoProjectButHarnessEnginesAsksForThePackages()
    {
        var root = ExperimentsFolder.FindRepository(AppContext.BaseDirectory)!;
        var projects = new[] { "src", "tests" }.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(root, folder), "*.csproj", SearchOption.AllDirectories));

        var packages = Packages(Path.Combine(root, "src", "Harness.Engines", "Harness.Engines.csproj"));

        Assert.Contains("Docker.DotNet.Enhanced", packages.Select(Id));
        // What is built on the project must not see them.
        Assert.All(packages, package => Assert.Contains("compile", (string?)package.Attribute("PrivateAssets"), StringComparison.Ordinal));
        // With those of the same family: the old Docker.DotNet beside its successor would be two libraries of one name.
        string[] families = [.. packages.Select(Id), "Docker.DotNet"];
        var asking = projects.Where(project => Packages(project).Any(asked => families.Any(family => Id(asked).StartsWith(family, StringComparison.Ordinal))));
        Assert.Equal(["Harness.Engines.csproj"], asking.Select(project => Path.GetFileName(project)));
    }

    // Neither what is nested in a type, which either library writes in its own way, nor how many arguments it takes.
    private static string Outer(string type) => type.Split('+', '/', '`')[0];

    private static string Id(XElement package) => (string)package.Attribute("Include")!;

    private static ImmutableArray<XElement> Packages(string project) => [.. XDocument.Load(project).Descendants("PackageReference")];

    private static ImmutableArray<string> Uses(Assembly assembly)
    {
        var architecture = new ArchLoader().LoadAssembly(assembly).Build();
        return
        [
            .. architecture.Types
                .Where(type => type.Namespace.FullName.StartsWith("Harness", StringComparison.Ordinal))
                .SelectMany(type => type.Dependencies.Select(dependency => (From: type, dependency.Target)))
                .Where(use => Known.Contains(Outer(use.Target.FullName)))
                .Select(use => $"{Outer(use.From.FullName)} uses {use.Target.FullName}")
                .Distinct()
                .Order(StringComparer.Ordinal),
        ];
    }
}
