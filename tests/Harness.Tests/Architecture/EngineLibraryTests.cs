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
    private static readonly ImmutableArray<string> Libraries = ["Docker.DotNet", "DotNet.Testcontainers"];

    /// <summary>Each project but the one.</summary>
    public static TheoryData<string> Names => [.. LayerTests.Assemblies.Select(assembly => assembly.GetName().Name!).Where(name => name != "Harness.Engines")];

    [Theory]
    [MemberData(nameof(Names))]
    public void NoTypeUsesAClientLibrary(string name)
    {
        var assembly = LayerTests.Assemblies.Single(assembly => assembly.GetName().Name == name);

        Assert.Equal("", string.Join('\n', Uses(assembly)));
        // Also what leaves no trace in a signature or a body that is looked at.
        Assert.DoesNotContain(assembly.GetReferencedAssemblies(), reference => reference.Name is { } used && (used.StartsWith("Docker.DotNet", StringComparison.Ordinal) || used == "Testcontainers"));
    }

    [Fact]
    public void AUseIsFoundAndNamed()
    {
        var uses = Uses(typeof(EngineRuntimes).Assembly);

        Assert.Contains("Harness.Engines.DockerApi.DockerEngine uses Docker.DotNet.DockerClient", uses);
        Assert.Contains("Harness.Engines.DockerApi.DockerAnswers uses Docker.DotNet.Models.HostConfig", uses);
    }

    [Fact]
    public void WithinHarnessEnginesOnlyTheFolderOfDockersApiUsesThem() =>
        Assert.All(Uses(typeof(EngineRuntimes).Assembly), use => Assert.StartsWith("Harness.Engines.DockerApi.", use, StringComparison.Ordinal));

    [Fact]
    public void NoProjectButHarnessEnginesAsksForThePackages()
    {
        var root = ExperimentsFolder.FindRepository(AppContext.BaseDirectory)!;
        var projects = new[] { "src", "tests" }.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(root, folder), "*.csproj", SearchOption.AllDirectories));

        var asking = projects.Where(project => XDocument.Load(project).Descendants("PackageReference")
            .Any(package => (string?)package.Attribute("Include") is { } id && (id.StartsWith("Docker.DotNet", StringComparison.Ordinal) || id.StartsWith("Testcontainers", StringComparison.Ordinal))));

        Assert.Equal(["Harness.Engines.csproj"], asking.Select(project => Path.GetFileName(project)));
    }

    private static ImmutableArray<string> Uses(Assembly assembly)
    {
        var architecture = new ArchLoader().LoadAssembly(assembly).Build();
        return
        [
            .. architecture.Types
                .Where(type => type.Namespace.FullName.StartsWith("Harness", StringComparison.Ordinal))
                .SelectMany(type => type.Dependencies.Select(dependency => (From: type, dependency.Target)))
                .Where(use => Libraries.Any(library => use.Target.FullName.StartsWith(library + ".", StringComparison.Ordinal)))
                .Select(use => $"{use.From.FullName.Split('+', '/')[0]} uses {use.Target.FullName}")
                .Distinct()
                .Order(StringComparer.Ordinal),
        ];
    }
}
