using Harness.Tests.Architecture.Samples.Left;

namespace Harness.Tests.Architecture.Samples.Right;

/// <summary>The other half.</summary>
internal sealed class Two
{
    internal One? Other { get; init; }
}
