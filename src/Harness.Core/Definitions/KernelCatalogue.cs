using System.Text.RegularExpressions;

namespace Harness.Core.Definitions;

/// <summary>The known kernels, by id.</summary>
/// <param name="Kernels">In the order of the files.</param>
public sealed partial record KernelCatalogue(ImmutableArray<KernelDefinition> Kernels)
{
    // By which experiments take kernels of the catalogue without naming one.
    private static readonly ImmutableArray<(string Word, Func<KernelDefinition, bool> IsMeant)> Words =
        [("usual", kernel => kernel.IsUsual), ("oldest", kernel => kernel.IsOldest), ("newest", kernel => kernel.IsNewest), ("all", _ => true)];

    /// <summary>No kernel but the machine's own.</summary>
    public static KernelCatalogue Empty { get; } = new([]);

    /// <summary>Reads a <c>kernels.yaml</c>, or the kernels of a catalogue of the user's. All mistakes of a file are reported at once, one line each.</summary>
    /// <exception cref="HarnessException">The file cannot be read or is wrong.</exception>
    public static KernelCatalogue Read(string path)
    {
        var yaml = YamlFile.Read<CatalogueYaml>(path);
        var check = new Check(path);
        check.That(yaml.Schema == UserlandCatalogue.Schema, $"schema: must be {UserlandCatalogue.Schema}");
        check.That(yaml.Kernels is { Count: > 0 } || yaml.Userlands is { Count: > 0 }, "kernels: needs at least one entry");
        var kernels = (yaml.Kernels ?? []).Select((kernel, index) => Kernel(kernel ?? new KernelYaml(), index + 1, check)).ToImmutableArray();
        check.Unique(kernels.Select(kernel => kernel.Id).Where(id => id.Length > 0), "kernels");
        foreach (var (word, isMeant) in Words.Where(pair => pair.Word != "all"))
        {
            check.That(kernels.Count(isMeant) <= 1, $"kernels: only one can be the {word} one");
        }

        check.Done();
        return new KernelCatalogue(kernels);
    }

    /// <summary>The kernel of that id, or null.</summary>
    public KernelDefinition? Find(string id) => Kernels.FirstOrDefault(kernel => kernel.Id == id);

    /// <summary>The kernels that a list means: <c>usual</c>, <c>oldest</c>, <c>newest</c> and <c>all</c> stand for those of the catalogue, all else for itself. Each once.</summary>
    public ImmutableArray<string> Select(ImmutableArray<string> names) =>
        [.. names.SelectMany(name => Words.FirstOrDefault(pair => pair.Word == name).IsMeant is { } isMeant ? Kernels.Where(isMeant).Select(kernel => kernel.Id) : [name]).Distinct()];

    /// <summary>
    /// This catalogue with <paramref name="more"/>, whose entries win over equal ids, and whose usual, oldest and newest kernel, if it has them, over this one's.
    /// </summary>
    public KernelCatalogue With(KernelCatalogue more)
    {
        return new([.. Kernels.Where(kernel => more.Find(kernel.Id) is null).Select(Demoted), .. more.Kernels]);

        KernelDefinition Demoted(KernelDefinition kernel) => kernel with
        {
            IsUsual = kernel.IsUsual && !more.Kernels.Any(other => other.IsUsual),
            IsOldest = kernel.IsOldest && !more.Kernels.Any(other => other.IsOldest),
            IsNewest = kernel.IsNewest && !more.Kernels.Any(other => other.IsNewest),
        };
    }

    private static KernelDefinition Kernel(KernelYaml yaml, int number, Check check)
    {
        var id = check.Text(yaml.Id, $"kernels: entry {number}: id");
        var where = id.Length > 0 ? id : $"kernels: entry {number}";
        check.That(id.Length == 0 || IdPattern().IsMatch(id), $"{where}: id: letters, digits, '.', '_' and '-' are allowed");
        check.That(id != KernelDefinition.Host, $"{where}: id: is the host's own kernel, which needs no entry");
        check.That(Words.All(pair => pair.Word != id), $"{where}: id: is a word by which experiments take kernels: choose another");
        check.That(yaml.Version is null || yaml.Distribution is not null, $"{where}: version: needs a distribution");
        check.That(yaml.Package is null != yaml.Path is null, $"{where}: either package or path is needed");
        check.That(yaml.Path is not null || (yaml.Modules is null && yaml.Config is null), $"{where}: modules and config belong to a path");
        return new KernelDefinition
        {
            Id = id,
            Distribution = yaml.Distribution ?? "",
            Version = yaml.Version ?? "",
            IsUsual = yaml.Usual ?? false,
            IsOldest = yaml.Oldest ?? false,
            IsNewest = yaml.Newest ?? false,
            Package = Package(yaml.Package, where, check),
            Path = Absolute(yaml.Path, $"{where}: path", check),
            Modules = Absolute(yaml.Modules, $"{where}: modules", check),
            Config = Absolute(yaml.Config, $"{where}: config", check),
        };
    }

    private static KernelPackage? Package(KernelPackageYaml? yaml, string where, Check check)
    {
        if (yaml is null)
        {
            return null;
        }

        check.That(yaml.Kind == "debian" && !string.IsNullOrEmpty(yaml.Suite), $"{where}: package.kind: must be debian, with a suite");
        // Both become parts of addresses and file names.
        check.That(yaml.Suite is null || NamePattern().IsMatch(yaml.Suite), $"{where}: package.suite: '{yaml.Suite}' is not a suite: write bookworm");
        check.That(yaml.Flavour is null || NamePattern().IsMatch(yaml.Flavour), $"{where}: package.flavour: '{yaml.Flavour}' is not a flavour: write cloud-amd64");
        return new KernelPackage(yaml.Kind ?? "", yaml.Suite ?? "", yaml.Flavour ?? "cloud-amd64");
    }

    // A run keeps a copy of the catalogue elsewhere: a path that depends on where the file lies would lead astray.
    private static string Absolute(string? path, string key, Check check)
    {
        check.That(path is null || System.IO.Path.IsPathFullyQualified(path), $"{key}: '{path}' must be an absolute path");
        return path ?? "";
    }

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    private static partial Regex IdPattern();

    [GeneratedRegex("^[a-z0-9][a-z0-9-]*$")]
    private static partial Regex NamePattern();
}
