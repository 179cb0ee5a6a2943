using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Harness.Core.Definitions;

/// <summary>Reads YAML into the private shapes of this folder; a mistake is one line with file and line number.</summary>
internal static partial class YamlFile
{
    /// <summary>Deserialises the file at <paramref name="path"/>.</summary>
    /// <exception cref="HarnessException">It cannot be read, is no YAML, or has a key that nothing knows.</exception>
    public static T Read<T>(string path)
        where T : class
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HarnessException($"{path}: cannot be read ({e.Message})", e);
        }

        var deserializer = new DeserializerBuilder()
            .WithNamingConvention(UnderscoredNamingConvention.Instance)
            .WithDuplicateKeyChecking()
            .Build();
        try
        {
            return deserializer.Deserialize<T>(text) ?? throw new HarnessException($"{path}: is empty");
        }
        catch (YamlException e)
        {
            throw new HarnessException($"{path}:{e.Start.Line}: {Explain(e)}", e);
        }
    }

    private static string Explain(YamlException e)
    {
        var innermost = e.GetBaseException().Message.ReplaceLineEndings(" ");
        var unknown = UnknownProperty().Match(innermost);
        if (unknown.Success)
        {
            return $"unknown key '{unknown.Groups[1].Value}'";
        }

        // The deserialiser speaks of its own types and events; the user has a file with one of three forms in the wrong place.
        var wanted = WantedForm().Match(innermost);
        return !wanted.Success ? innermost
            : wanted.Groups["list"].Success ? "expected a list here, e.g. [a, b]"
            : wanted.Groups["keys"].Success ? "expected a mapping here, e.g. {key: value}"
            : "expected one value here, not a list or a mapping";
    }

    [GeneratedRegex("Property '([^']+)' not found")]
    private static partial Regex UnknownProperty();

    [GeneratedRegex(@"^(Invalid cast from '[^']+' to '|No node deserializer was able to deserialize the node into type )((?<list>System\.Collections)|(?<keys>Harness\.)|)|^Expected '((?<list>SequenceStart)|(?<keys>MappingStart)|Scalar)'")]
    private static partial Regex WantedForm();
}
