using System.Text;
using Harness.Analysis.Tables;
using Harness.Core;
using Harness.Core.Journaling;

namespace Harness.Analysis.Merging;

/// <summary>
/// The rows of a merged run: each trial once. A trial that several parts of one host ran (what all parts share) counts as the part with the lowest
/// number has it, so that the result does not depend on the order of merging. Holds a few dozen bytes a trial, and copies the rows themselves.
/// </summary>
internal sealed class MergedRows
{
    private readonly ImmutableArray<MergePart> _parts;
    private readonly List<Row> _rows = [];
    private readonly Dictionary<ulong, int> _byTrial = [];
    private readonly Dictionary<string, int> _sandboxes = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Host, string Cell), (string Image, int Part)> _images = [];

    // A sandbox whose rows are none of the merged run's.
    private const int Dropped = -1;

    private MergedRows(ImmutableArray<MergePart> parts) => _parts = parts;

    /// <summary>Whether the raw file of a part goes with the rows: not those of a sandbox whose rows another part gives.</summary>
    /// <param name="part">The part's place.</param>
    /// <param name="file">The name below <c>raw/</c>, with <c>/</c>.</param>
    internal bool IsWanted(int part, string file) => file.Contains('/', StringComparison.Ordinal) || _sandboxes.GetValueOrDefault(file.Split('.')[0], part) == part;

    /// <summary>Finds them.</summary>
    /// <param name="parts">The parts, by index.</param>
    /// <param name="isWhole">Whether every planned trial must have its row.</param>
    /// <exception cref="HarnessException">A part lacks rows, or a cell was two images on one host.</exception>
    internal static MergedRows Of(ImmutableArray<MergePart> parts, bool isWhole)
    {
        var rows = new MergedRows(parts);
        for (var part = 0; part < parts.Length; part++)
            rows.Add(part, isWhole);
        rows._rows.Sort((left, right) => (left.Started, left.Trial.Trial).CompareTo((right.Started, right.Trial.Trial)));
        rows._byTrial.Clear();
        foreach (var (row, index) in rows._rows.Select((row, index) => (row, index)))
            rows._byTrial[row.Trial.Trial] = index;
        foreach (var row in rows._rows.Where(row => row.Sandbox.Length > 0))
            rows._sandboxes[row.Sandbox] = row.Part;
        return rows;
    }

    /// <summary>Writes both tables under another run's id, in the order in which trials began.</summary>
    internal void Write(RunFolder target, string runId)
    {
        using var trials = new TableMerge(target.TrialsCsv, Csv.TrialColumns, runId, [.. _parts.Select(part => part.Folder.TrialsCsv)]);
        using var observations = new TableMerge(target.ObservationsCsv, Csv.ObservationColumns, runId, [.. _parts.Select(part => part.Folder.ObservationsCsv)]);
        var readings = _parts.Select(part => RecordIndex.Of(part.Folder.ObservationsCsv).ToDictionary(records => records.Trial)).ToImmutableArray();
        foreach (var row in _rows)
        {
            if (readings[row.Part].TryGetValue(row.Trial.Trial, out var own))
                observations.Copy(row.Part, own);
            trials.Copy(row.Part, row.Trial);
        }
    }

    private void Add(int part, bool isWhole)
    {
        var facts = RunTables.Trials(_parts[part].Folder).ToDictionary(row => Id(row.TrialId));
        if (isWhole)
            MergeRules.RequireFinished(_parts[part], facts.Count);
        foreach (var row in facts.Values.Where(row => row.ImageDigest.Length > 0))
        {
            // What is compared is of one host, and of one cell it is one image.
            if (!_images.TryAdd((row.HostId, row.Cell), (row.ImageDigest, part)) && _images[(row.HostId, row.Cell)] is var known && known.Image != row.ImageDigest)
                throw new HarnessException($"{_parts[part].Folder.Root}: {row.Cell} was {row.ImageDigest} on host {row.HostId}, and in {_parts[known.Part].Folder.Root} {known.Image}: run the parts of that host again with one --lock");
        }

        foreach (var record in RecordIndex.Of(_parts[part].Folder.TrialsCsv))
        {
            var fact = facts[record.Trial];
            var row = new Row(part, record, fact.StartedAt.UtcTicks, fact.Sandbox);
            if (_byTrial.TryGetValue(record.Trial, out var index))
            {
                if (_parts[part].FirstOn(fact.HostId) < _parts[_rows[index].Part].FirstOn(fact.HostId))
                    _rows[index] = row;
            }
            else
            {
                _byTrial[record.Trial] = _rows.Count;
                _rows.Add(row);
            }
        }

        foreach (var sandbox in facts.Values.Select(fact => fact.Sandbox).Where(sandbox => sandbox.Length > 0))
            _sandboxes.TryAdd(sandbox, Dropped);
    }

    private static ulong Id(string trial) => RecordIndex.Id(Encoding.ASCII.GetBytes(trial));

    private readonly record struct Row(int Part, RecordsAt Trial, long Started, string Sandbox);
}
