namespace Harness.Core.Sharding;

/// <summary>A part of a plan has nothing to run. No mistake where a scheduler starts more parts than there are blocks and userlands: nothing of the plan is missing then.</summary>
/// <param name="shard">The part.</param>
public sealed class EmptyPartException(Shard shard) : HarnessException(
    $"--shard {shard} has nothing to run: the plan has fewer blocks and userlands than parts; the other parts are all of it ('harness plan --shards N' shows them)");
