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
        return unknown.Success ? $"unknown key '{unknown.Groups[1].Value}'" : innermost;
    }

    [GeneratedRegex("Property '([^']+)' not found")]
    private static partial Regex UnknownProperty();
}
