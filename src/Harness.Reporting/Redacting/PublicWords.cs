using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;

namespace Harness.Reporting.Redacting;

/// <summary>
/// The words that may leave with a run: what the program and its own experiments can say themselves gives nobody away, nor does what engines, kernels
/// and C libraries say to everybody (<c>public-words.txt</c>). Any other word is one that somebody chose: a host, a user, a project, a secret.
/// </summary>
public sealed partial class PublicWords
{
    private static readonly ImmutableArray<string> _texts = [".yaml", ".sql", ".md", ".sh", ".csv", ".c", ".h"];

    // The program, and nothing that lies beside it, as its tests.
    private static readonly ImmutableArray<string> _assemblies =
        ["harness", "Harness.Core", "Harness.Analysis", "Harness.Reporting", "Harness.Host", "Harness.Engines", "Harness.Images", "Harness.Sandboxes", "Harness.Instruments", "Harness.Runtimes"];

    private readonly HashSet<string> _words = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _hosts = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _names = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _own = new(StringComparer.OrdinalIgnoreCase);

    private PublicWords(string experiments) => Experiments = experiments;

    /// <summary>The folder of experiments.</summary>
    internal string Experiments { get; }

    /// <summary>Reads them.</summary>
    /// <param name="experiments">A folder of experiments: what in it is not the program's own says nothing.</param>
    /// <param name="program">The folder of the program's assemblies.</param>
    /// <param name="own">Names of the machine and the user that export: never public, unless installers and images give them to everybody.</param>
    public static PublicWords Read(string experiments, string program, IEnumerable<string> own)
    {
        var words = new PublicWords(experiments);
        words.Take(OfEveryone(), isList: true);
        foreach (var file in Directory.EnumerateFiles(experiments, "*", SearchOption.AllDirectories).Where(file => _texts.Contains(Path.GetExtension(file), StringComparer.Ordinal))
            .Where(file => OwnExperiments.Contains(Path.GetRelativePath(experiments, file), file)))
        {
            words.Take(File.ReadAllText(file));
        }

        // Where one is not a file of its own, its words are missing, and more is removed.
        foreach (var file in _assemblies.Select(name => Path.Combine(program, name + ".dll")).Where(File.Exists))
        {
            words.TakeLiterals(file);
        }

        words._own.UnionWith(own.Where(name => name.Length > 0 && !words._names.Contains(name)));
        return words;
    }

    /// <summary>Whether a word, as it stands between spaces, is public.</summary>
    public bool Contains(string word) => _words.Contains(word) && !_own.Contains(word);

    /// <summary>Whether a word is the name of the machine or of the user that export.</summary>
    public bool IsOwn(string word) => _own.Contains(word);

    /// <summary>Whether a host may be named: registries, distributions and projects that everybody can reach.</summary>
    public bool ContainsHost(string host) => _hosts.Contains(host) && !_own.Contains(host);

    // Whole words, as 'non-zero', and what they consist of.
    private void Take(string text, bool isList = false)
    {
        foreach (var line in text.Split('\n'))
        {
            if (isList && line.StartsWith("host: ", StringComparison.Ordinal))
            {
                _hosts.Add(line["host: ".Length..].Trim());
                continue;
            }

            if (isList && line.StartsWith("names: ", StringComparison.Ordinal))
            {
                _names.UnionWith(line["names: ".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
                continue;
            }

            if (line.StartsWith("# ", StringComparison.Ordinal) && isList)
            {
                continue;
            }

            _words.UnionWith(TextRedactor.WordsOf(line).Select(word => word.Trim(TextRedactor.Edges)));

            // Letters within a hash are no words.
            foreach (Match match in Letters().Matches(TextRedactor.Hexadecimal().Replace(line, " ")))
            {
                _words.Add(match.Value);
            }
        }
    }

    private void TakeLiterals(string assembly)
    {
        using var file = File.OpenRead(assembly);
        using var reader = new PEReader(file);
        if (!reader.HasMetadata)
        {
            return;
        }

        var metadata = reader.GetMetadataReader();
        for (var handle = MetadataTokensOf(1); !handle.IsNil; handle = metadata.GetNextHandle(handle))
        {
            Take(metadata.GetUserString(handle));
        }
    }

    private static UserStringHandle MetadataTokensOf(int offset) => MetadataTokens.UserStringHandle(offset);

    private static string OfEveryone()
    {
        using var stream = typeof(PublicWords).Assembly.GetManifestResourceStream("Redacting/public-words.txt") ?? throw new InvalidOperationException("public-words.txt is not in the program");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    [GeneratedRegex("[A-Za-z]{2,}")]
    private static partial Regex Letters();
}
