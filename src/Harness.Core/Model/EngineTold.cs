namespace Harness.Core.Model;

/// <summary>What an engine says of the system that it runs on. Host names and labels can be private: a run's files hold only the signs drawn from them.</summary>
/// <param name="Host">The name of its host.</param>
/// <param name="System">Its operating system, as Go names it: <c>linux</c>.</param>
/// <param name="Platform">The product that it says it is part of: <c>Docker Desktop 4.33.0 (160616)</c>.</param>
/// <param name="Labels">As <c>name=value</c>.</param>
public sealed record EngineTold(string? Host, string? System, string? Platform, ImmutableArray<string> Labels);
