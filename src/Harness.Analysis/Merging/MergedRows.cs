using CsvHelper;
using Harness.Analysis.Tables;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Core.Sharding;

namespace Harness.Analysis.Merging;

/// <summary>
/// The rows of a merged run: each trial once. What all parts run counts as one part of the host has it (<see cref="SharedRows"/>); any other trial is of one
/// part, whose rows may be there several times: as it was, and as it became. Holds a few dozen bytes a trial, and copies the rows themselves.
/// </summary>
internal sealed class MergedRows : IDisposable
{
    private readonly ImmutableArray<MergePart> _parts;
    private readonly RowContent _content;
    private readonly Dictionary<string, ExperimentDefinition> _experiments;
    private readonly Dictionary<(string Experiment, string Cell, bool Warmup), bool> _areShared = [];
    private readonly List<MergedRow> _rows = [];
    private readonly Dictionary<ulong, int> _byTrial = [];
    private readonly Dictionary<(string Host, string Experiment, string Cell, int Block), SharedRows> _shared = [];
    private readonly Dictionary<(string Host, string Cell), (string Image, int Part)> _images = [];

    private MergedRows(ImmutableArray<MergePart> parts)
    {
        (_parts, _content) = (parts, new RowContent(parts));
        _experiments = DefinitionsCopy.Read(parts[0].Folder).Experiments.ToDictionary(experiment => experiment.Id, StringComparer.Ordinal);
    }

    /// <summary>Finds them.</summary>
    /// <param name="parts">The parts, by index.</param>
    /// <exception cref="HarnessException">A part is there with two contents, or a cell was two images on one host.</exception>
    internal static MergedRows Of(ImmutableArray<MergePart> parts)
    {
        var rows = new MergedRows(parts);
        try
        {
            for (var part = 0; part < parts.Length; part++)
                rows.Add(part);
            rows._rows.AddRange(rows._shared.Values.SelectMany(shared => shared.Rows));
            rows._rows.Sort((left, right) => (left.Started, left.Trial).CompareTo((right.Started, right.Trial)));
            rows._byTrial.Clear();
            for (var index = 0; index < rows._rows.Count; index++)
                rows._byTrial[rows._rows[index].Trial] = index;
            return rows;
        }
        catch
        {
            rows.Dispose();
            throw;
        }
    }

    /// <summary>Whether a trial has its row.</summary>
    internal bool Has(string trial) => _byTrial.ContainsKey(TrialNumber.Parse(trial));

    /// <summary>Whether raw files of a part, by name below <c>raw/</c> with <c>/</c>, go with the rows: not those of a sandbox whose rows another part gives.</summary>
    internal Func<string, bool> WantedOf(int part)
    {
        // Of one part at a time: of all together there are as many as trials.
        var (all, kept) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        RunTables.ForEach(_parts[part].Folder.TrialsCsv, Csv.TrialColumns, reader =>
        {
            var sandbox = reader.GetString("sandbox");
            all.Add(sandbox);
            if (_byTrial.TryGetValue(TrialNumber.Parse(reader.GetString("trial_id")), out var index) && _rows[index].Part == part)
                kept.Add(sandbox);
        });
        return file => file.Contains('/', StringComparison.Ordinal) || file.Split('.')[0] is var sandbox && (!all.Contains(sandbox) || kept.Contains(sandbox));
    }

    /// <summary>Writes both tables under another run's id, in the order in which trials began.</summary>
    internal void Write(RunFolder target, string runId)
    {
        using var trials = new TableMerge(target.TrialsCsv, Csv.TrialColumns, runId, [.. _parts.Select(part => part.Folder.TrialsCsv)]);
        using var observations = new TableMerge(target.ObservationsCsv, Csv.ObservationColumns, runId, [.. _parts.Select(part => part.Folder.ObservationsCsv)]);
        foreach (var row in _rows)
        {
            observations.Copy(row.Part, row.Readings, row.ReadingsLength);
            trials.Copy(row.Part, row.Start, row.Length);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _content.Dispose();

    private void Add(int part)
    {
        var folder = _parts[part].Folder;
        var readings = RecordIndex.Of(folder.ObservationsCsv).ToDictionary(records => records.Trial);
        var shared = new Dictionary<(string Host, string Experiment, string Cell, int Block), SharedRows>();
        using var records = RecordIndex.Of(folder.TrialsCsv).GetEnumerator();
        RunTables.ForEachTrial(folder, (reader, trial) =>
        {
            if (!records.MoveNext() || records.Current.Trial != TrialNumber.Parse(trial.TrialId))
                throw new HarnessException($"{folder.TrialsCsv}: the row of trial {trial.TrialId} is not where it was found: is something writing this run?");
            RequireOneImage(part, trial);
            var (at, own) = (records.Current, readings.GetValueOrDefault(records.Current.Trial));
            var row = new MergedRow(
                part, at.Trial, at.Start, checked((int)(at.End - at.Start)), own.Start, own.End - own.Start, trial.StartedAt.UtcTicks, RegistryWait.IsPending(trial.Outcome.Text(), trial.Detail));
            if (!IsShared(trial, reader))
                Add(row);
            else if (shared.TryGetValue((trial.HostId, trial.Experiment, trial.Cell, trial.Block), out var others))
                others.Rows.Add(row);
            else
                shared[(trial.HostId, trial.Experiment, trial.Cell, trial.Block)] = new SharedRows([row]);
        });
        foreach (var (sandbox, rows) in shared)
        {
            if (!_shared.TryGetValue(sandbox, out var known) || rows.AreBefore(known, _content))
                _shared[sandbox] = rows;
        }
    }

    // Of one part alone: either it is the same row again, or the part has come further since.
    private void Add(MergedRow row)
    {
        if (_byTrial.TryAdd(row.Trial, _rows.Count))
        {
            _rows.Add(row);
            return;
        }

        var index = _byTrial[row.Trial];
        var known = _rows[index];
        if (known.IsPending != row.IsPending)
        {
            _rows[index] = known.IsPending ? row : known;
            return;
        }

        var (one, other) = (_content.Of([known]), _content.Of([row]));
        if (one != other && !row.IsPending)
            throw new HarnessException($"{_parts[row.Part].Folder.Root}: trial {row.Trial:x16} is not the same in {_parts[known.Part].Folder.Root}: a part was run twice, or continued in two places; leave one out");
        if ((row.Started, other).CompareTo((known.Started, one)) < 0)
            _rows[index] = row;
    }

    private bool IsShared(TrialRow trial, CsvReader reader)
    {
        var key = (trial.Experiment, trial.Cell, Warmup: reader.GetString("warmup") == "true");
        if (!_areShared.TryGetValue(key, out var isShared))
            _areShared[key] = isShared = ShardedPlan.IsShared(_experiments[trial.Experiment], Cell.Parse(trial.Cell), key.Warmup);
        return isShared;
    }

    // What is compared is of one host, and of one cell it is one image.
    private void RequireOneImage(int part, TrialRow row)
    {
        if (row.ImageDigest.Length > 0 && !_images.TryAdd((row.HostId, row.Cell), (row.ImageDigest, part)) && _images[(row.HostId, row.Cell)] is var known && known.Image != row.ImageDigest)
            throw new HarnessException($"{_parts[part].Folder.Root}: {row.Cell} was {row.ImageDigest} on host {row.HostId}, and in {_parts[known.Part].Folder.Root} {known.Image}: run the parts of that host again with one --lock");
    }
}
