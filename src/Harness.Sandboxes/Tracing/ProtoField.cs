namespace Harness.Sandboxes.Tracing;

/// <summary>Fields of a Protocol Buffers message, of the two kinds that containerd's events have: whole numbers and bytes. Others end the reading.</summary>
internal static class ProtoField
{
    private const int Varint = 0, Bytes = 2, LongestVarint = 10;

    /// <summary>The bytes of a field; empty where the message has none.</summary>
    internal static ReadOnlySpan<byte> Of(ReadOnlySpan<byte> message, int number)
    {
        for (var at = 0; Next(message, ref at) is { } field;)
        {
            if (field.Number == number)
                return message.Slice(field.Begin, field.Length);
        }

        return [];
    }

    /// <summary>The whole number of a field; 0, as the format has it, where the message has none.</summary>
    internal static long Number(ReadOnlySpan<byte> message, int number)
    {
        for (var at = 0; Next(message, ref at) is { } field;)
        {
            if (field.Number == number)
                return field.Value;
        }

        return 0;
    }

    private static (int Number, long Value, int Begin, int Length)? Next(ReadOnlySpan<byte> message, ref int at)
    {
        if (Read(message, ref at) is not { } tag || Read(message, ref at) is not { } value)
            return null;
        var number = (int)(tag >> 3);
        switch (tag & 7)
        {
            case Varint:
                return (number, value, at, 0);
            case Bytes when value >= 0 && value <= message.Length - at:
                at += (int)value;
                return (number, 0, at - (int)value, (int)value);
            default:
                return null;
        }
    }

    private static long? Read(ReadOnlySpan<byte> message, ref int at)
    {
        long value = 0;
        for (var i = 0; i < LongestVarint && at < message.Length; i++)
        {
            var one = message[at++];
            value |= (long)(one & 0x7F) << (7 * i);
            if ((one & 0x80) == 0)
                return value;
        }

        return null;
    }
}
