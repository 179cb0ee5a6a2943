namespace Harness.Core.Planning;

/// <summary>
/// SplitMix64 (Steele, Lea and Flood 2014): the same sequence for a seed on every platform and every version of .NET,
/// which <see cref="Random"/> does not promise.
/// </summary>
public sealed class SplitMix64(ulong seed)
{
    private ulong _state = seed;

    /// <summary>The next 64 bits.</summary>
    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        var z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A number from 0 to <paramref name="bound"/> − 1, each equally likely.</summary>
    public int Next(int bound)
    {
        // Numbers from the incomplete last interval are drawn again: no modulo bias.
        var limit = ulong.MaxValue - (ulong.MaxValue % (ulong)bound);
        ulong drawn;
        do
        {
            drawn = Next();
        }
        while (drawn >= limit);
        return (int)(drawn % (ulong)bound);
    }

    /// <summary>The items in an order drawn at random (Fisher–Yates).</summary>
    public ImmutableArray<T> Shuffle<T>(IEnumerable<T> items)
    {
        var array = items.ToArray();
        for (var i = array.Length - 1; i > 0; i--)
        {
            var j = Next(i + 1);
            (array[i], array[j]) = (array[j], array[i]);
        }

        return [.. array];
    }
}
