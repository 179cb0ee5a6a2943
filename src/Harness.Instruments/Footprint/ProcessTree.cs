using Harness.Host.Processes;

namespace Harness.Instruments.Footprint;

/// <summary>Which processes descend from one.</summary>
internal static class ProcessTree
{
    /// <summary>A process and all that descend from it, now; parents before children. Empty where it is gone.</summary>
    internal static ImmutableArray<int> Of(int root) => Of(root, ProcessTable.All());

    /// <summary>The same among processes that were listed.</summary>
    internal static ImmutableArray<int> Of(int root, ImmutableArray<ProcessEntry> all)
    {
        if (!all.Any(process => process.Id == root))
            return [];
        var children = all.ToLookup(process => process.Parent, process => process.Id);
        var found = ImmutableArray.CreateBuilder<int>();
        found.Add(root);
        for (var i = 0; i < found.Count; i++)
            found.AddRange(children[found[i]]);
        return found.ToImmutable();
    }
}
