using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;

namespace Harness.Core.Definitions;

/// <summary>A list of names, or one word that stands for some.</summary>
internal sealed class WordOrList : IYamlConvertible
{
    public string? Word { get; private set; }

    public List<string>? List { get; private set; }

    /// <inheritdoc/>
    public void Read(IParser parser, Type expectedType, ObjectDeserializer nestedObjectDeserializer)
    {
        if (parser.Accept<Scalar>(out _))
        {
            Word = (string?)nestedObjectDeserializer(typeof(string));
        }
        else
        {
            List = (List<string>?)nestedObjectDeserializer(typeof(List<string>));
        }
    }

    /// <inheritdoc/>
    public void Write(IEmitter emitter, ObjectSerializer nestedObjectSerializer) => throw new NotSupportedException("definitions are only read");
}
