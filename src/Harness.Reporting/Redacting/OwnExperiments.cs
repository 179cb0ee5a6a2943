using System.Collections.Frozen;
using System.Security.Cryptography;

namespace Harness.Reporting.Redacting;

/// <summary>
/// The files of <c>experiments/</c> that are this program's own, by their hashes (<c>own-experiments.sha256</c>). The list is committed and not made by a build: whoever
/// adds an experiment to a checkout also builds there, and what they wrote is theirs until they list it.
/// </summary>
internal static class OwnExperiments
{
    private const string Resource = "Redacting/own-experiments.sha256";

    private static readonly FrozenDictionary<string, string> _sums = Read();

    /// <summary>Whether a file is the program's own, byte for byte.</summary>
    /// <param name="name">Its name relative to <c>experiments/</c>, or to a run's <c>definitions/</c>.</param>
    /// <param name="file">The file.</param>
    internal static bool Contains(string name, string file)
    {
        if (!_sums.TryGetValue(name.Replace('\\', '/'), out var sum))
        {
            return false;
        }

        using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream)) == sum;
    }

    private static FrozenDictionary<string, string> Read()
    {
        using var stream = typeof(OwnExperiments).Assembly.GetManifestResourceStream(Resource) ?? throw new InvalidOperationException($"{Resource} is not in the program");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).ToFrozenDictionary(line => line[66..].TrimEnd('\r'), line => line[..64], StringComparer.Ordinal);
    }
}
