using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;

namespace Harness.Core.Definitions;

/// <summary>The metrics of an experiment: a list of its own, or groups of <c>metrics.yaml</c> and its own.</summary>
internal sealed class MetricsYaml : IYamlConvertible
{
    public List<string>? Include { get; private set; }

    public List<MetricYaml>? Own { get; private set; }

    /// <inheritdoc/>
    public void Read(IParser parser, Type expectedType, ObjectDeserializer nestedObjectDeserializer)
    {
        if (!parser.Accept<MappingStart>(out _))
        {
            Own = (List<MetricYaml>?)nestedObjectDeserializer(typeof(List<MetricYaml>));
            return;
        }

        var keys = (IncludeYaml?)nestedObjectDeserializer(typeof(IncludeYaml)) ?? new IncludeYaml();
        (Include, Own) = (keys.Include, keys.Own);
    }

    /// <inheritdoc/>
    public void Write(IEmitter emitter, ObjectSerializer nestedObjectSerializer) => throw new NotSupportedException("definitions are only read");
}

#pragma warning disable CA1812 // Instantiated by the YAML deserialiser.
internal sealed class IncludeYaml
{
    public List<string>? Include { get; set; }

    public List<MetricYaml>? Own { get; set; }
}

/// <summary>The shape of <c>metrics.yaml</c>.</summary>
internal sealed class MetricGroupsYaml
{
    public int? Schema { get; set; }

    public Dictionary<string, List<MetricYaml>>? Groups { get; set; }
}
