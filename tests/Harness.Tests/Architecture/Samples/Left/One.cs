using Harness.Tests.Architecture.Samples.Right;

namespace Harness.Tests.Architecture.Samples.Left;

/// <summary>Half of a circle that the test must find.</summary>
internal sealed class One
{
    internal Two? Other { get; init; }
}
