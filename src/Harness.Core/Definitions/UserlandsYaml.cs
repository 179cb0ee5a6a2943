using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;

namespace Harness.Core.Definitions;

/// <summary>The userlands of a matrix: a list of ids, or what selects them from the catalogue.</summary>
internal sealed class UserlandsYaml : IYamlConvertible
{
    public List<string>? Ids { get; private set; }

    public string? Tier { get; private set; }

    public bool? OnePerDistribution { get; private set; }

    public string? GlibcBefore { get; private set; }

    /// <summary>Whether it is more than a list.</summary>
    public bool Selects { get; private set; }

    /// <inheritdoc/>
    public void Read(IParser parser, Type expectedType, ObjectDeserializer nestedObjectDeserializer)
    {
        if (!parser.Accept<MappingStart>(out _))
        {
            Ids = (List<string>?)nestedObjectDeserializer(typeof(List<string>));
            return;
        }

        var keys = (SelectionYaml?)nestedObjectDeserializer(typeof(SelectionYaml)) ?? new SelectionYaml();
        (Ids, Tier, OnePerDistribution, GlibcBefore, Selects) = (keys.Ids, keys.Tier, keys.OnePerDistribution, keys.GlibcBefore, true);
    }

    /// <inheritdoc/>
    public void Write(IEmitter emitter, ObjectSerializer nestedObjectSerializer) => throw new NotSupportedException("definitions are only read");
}

#pragma warning disable CA1812 // Instantiated by the YAML deserialiser.
internal sealed class SelectionYaml
{
    public string? Tier { get; set; }

    public bool? OnePerDistribution { get; set; }

    public string? GlibcBefore { get; set; }

    public List<string>? Ids { get; set; }
}
