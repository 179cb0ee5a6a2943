using System.Reflection;
using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using Harness.Core.Definitions;
using Harness.Host.Processes;

namespace Harness.Tests.Architecture;

/// <summary>macOS and Windows have no call of Linux: where one stands, the analyzer (CA1416) must have seen a guard, and nothing may keep it from looking.</summary>
public sealed partial class OtherSystemsTests
{
    private static readonly string _repository = ExperimentsFolder.FindRepository(AppContext.BaseDirectory)!;

    private static readonly string[] _sources = [".cs", ".razor", ".csproj", ".props", ".targets", ".editorconfig", ".globalconfig", ".ruleset"];

    [Fact]
    public void No_place_is_exempt_from_the_rule_on_calls_of_one_system()
    {
        var mentions = Sources().SelectMany(file => File.ReadLines(file).Where(line => Rule().IsMatch(line)).Select(line => $"{Path.GetRelativePath(_repository, file)}: {line.Trim()}"));

        Assert.Equal([".editorconfig: dotnet_diagnostic.CA1416.severity = error"], mentions);
    }

    [Fact]
    public void No_project_turns_analyzers_off() =>
        Assert.DoesNotContain(Sources().Where(file => !file.EndsWith(".cs", StringComparison.Ordinal)), file => Off().IsMatch(File.ReadAllText(file)));

    // Such an attribute on an assembly says that all of it is Linux's: the rule has nothing to say within.
    [Fact]
    public void No_assembly_of_the_program_is_one_systems() =>
        Assert.All(Assemblies(), assembly => Assert.Empty(assembly.GetCustomAttributes<OSPlatformAttribute>()));

    // The rule believes a guard. Each one must ask the system itself.
    [Fact]
    public void The_one_guard_of_the_programs_own_asks_the_system() => Assert.Equal(
        [$"{typeof(Machine).FullName}.{nameof(Machine.IsLinuxRoot)}"],
        Assemblies().SelectMany(assembly => assembly.GetTypes()).SelectMany(type => type.GetMembers(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(member => member.GetCustomAttributes().Any(attribute => attribute is SupportedOSPlatformGuardAttribute or UnsupportedOSPlatformGuardAttribute))
            .Select(member => $"{member.DeclaringType!.FullName}.{member.Name}"));

    private static IEnumerable<Assembly> Assemblies() =>
        Directory.EnumerateFiles(AppContext.BaseDirectory, "*arness*.dll").Where(file => !Path.GetFileName(file).Contains("Tests", StringComparison.Ordinal)).Select(Assembly.LoadFrom);

    private static IEnumerable<string> Sources() =>
        new[] { "src", "tests" }.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(_repository, folder), "*", SearchOption.AllDirectories))
            .Concat(Directory.EnumerateFiles(_repository))
            .Where(file => _sources.Contains(Path.GetExtension(file)) && !Built().IsMatch(file) && Path.GetFileName(file) != "OtherSystemsTests.cs");

    [GeneratedRegex("CA1416|PlatformCompatibility", RegexOptions.IgnoreCase)]
    private static partial Regex Rule();

    [GeneratedRegex("<(RunAnalyzers|EnableNETAnalyzers|RunAnalyzersDuringBuild)>", RegexOptions.IgnoreCase)]
    private static partial Regex Off();

    [GeneratedRegex(@"[\\/](bin|obj|node_modules)[\\/]")]
    private static partial Regex Built();
}
