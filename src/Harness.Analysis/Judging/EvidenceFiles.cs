using CsvHelper;
using Harness.Analysis.Tables;
using Harness.Core.Journaling;

namespace Harness.Analysis.Judging;

/// <summary>
/// Writes <c>evidence/&lt;claim&gt;.csv</c>, byte for byte the same for the same rows. Experiments that judge one claim may give different
/// columns: the file has all of them, in the order in which they first appear. They are known when the last experiment has been asked, and
/// rows may be more than memory holds: until then they wait in a file for each claim and experiment.
/// </summary>
public sealed class EvidenceFiles : IDisposable
{
    private const string Experiment = "experiment";

    private readonly RunFolder _target;
    private readonly List<Part> _parts = [];
    private int _begun;

    /// <summary>Begins; the folder <c>evidence</c> of <paramref name="target"/> holds nothing yet.</summary>
    public EvidenceFiles(RunFolder target)
    {
        _target = target;
        Directory.CreateDirectory(target.Evidence);
    }

    /// <summary>What takes the rows of an experiment one by one.</summary>
    /// <param name="experiment">Its id.</param>
    /// <param name="claims">Those that it judged, and the names of its checks: rows of others stand behind nothing.</param>
    /// <param name="columns">The names of a row's values; <c>claim</c> among them.</param>
    public Action<ImmutableArray<string?>> Begin(string experiment, IReadOnlySet<string> claims, ImmutableArray<string> columns)
    {
        var parts = new Dictionary<string, Part>(StringComparer.Ordinal);
        var place = columns.IndexOf("claim", StringComparer.OrdinalIgnoreCase);
        return row =>
        {
            if (row[place] is not { } claim || !claims.Contains(claim))
            {
                return;
            }

            if (!parts.TryGetValue(claim, out var part))
            {
                part = new Part(experiment, claim, columns, Path.Combine(_target.Evidence, $"{_begun++}.part"));
                parts.Add(claim, part);
                _parts.Add(part);
            }

            part.Add(row);
        };
    }

    /// <summary>Takes back what an experiment gave: half of its rows would pass for all of them.</summary>
    public void Forget(string experiment)
    {
        foreach (var part in _parts.Where(part => part.Source == experiment).ToList())
        {
            part.Dispose();
            File.Delete(part.Path);
            _parts.Remove(part);
        }
    }

    /// <summary>Writes a file for each claim; one that no row stands behind has a header.</summary>
    public void Finish(IEnumerable<string> claims)
    {
        Close();
        foreach (var claim in claims)
        {
            var parts = _parts.Where(part => part.Claim == claim).ToImmutableArray();
            var file = Path.Combine(_target.Evidence, claim + ".csv");
            if (parts is [var only])
            {
                File.Move(only.Path, file, overwrite: true);
                continue;
            }

            ImmutableArray<string> columns = parts.IsEmpty ? VerdictEngine.EvidenceColumns : [.. parts.SelectMany(part => part.Columns).Distinct(StringComparer.Ordinal)];
            CsvFile.Write(file, [Experiment, .. columns], parts.SelectMany(part => part.Rows(columns)));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            Close();
        }
        finally
        {
            _parts.ForEach(part => File.Delete(part.Path));
        }
    }

    private void Close() => _parts.ForEach(part => part.Dispose());

    private sealed class Part(string experiment, string claim, ImmutableArray<string> columns, string path) : IDisposable
    {
        private CsvWriter? _writer = Open(path, columns);

        internal string Source => experiment;

        internal string Claim => claim;

        internal ImmutableArray<string> Columns => columns;

        internal string Path => path;

        internal void Add(ImmutableArray<string?> row)
        {
            _writer!.WriteField(experiment);
            CsvFile.Add(_writer, row);
        }

        internal IEnumerable<ImmutableArray<string?>> Rows(ImmutableArray<string> all)
        {
            var places = all.Select(column => columns.IndexOf(column, StringComparer.Ordinal)).ToImmutableArray();
            using var reader = CsvReader.FromFile(path, Csv.ReaderOptions);
            while (reader.Read())
            {
                // What is missing and what is empty are both nothing between two commas here.
                yield return [experiment, .. places.Select(place => place < 0 ? null : reader.GetString(place + 1))];
            }
        }

        public void Dispose()
        {
            _writer?.Dispose();
            _writer = null;
        }

        private static CsvWriter Open(string path, ImmutableArray<string> columns)
        {
            var writer = CsvWriter.ToFile(path, Csv.WriterOptions);
            writer.WriteHeader([EvidenceFiles.Experiment, .. columns]);
            return writer;
        }
    }
}
