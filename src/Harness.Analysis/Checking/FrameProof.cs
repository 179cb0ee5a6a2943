using System.Globalization;
using CsvHelper;
using Harness.Analysis.Tables;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Core.Protocol;

namespace Harness.Analysis.Checking;

/// <summary>
/// Whether a run's rows are what its sandboxes wrote. Each stream of frames is read again under the key that was kept beside it, and outcome,
/// exit status, signal and duration of each trial, and the readings that frames brought, are compared with the tables. What the harness read from
/// outside follows a trial's own readings in <c>observations.csv</c> and cannot be proved so; it may only not name a metric that the trial's frames
/// brought. Driven probes (fleet, benchmark, pull) leave no frames and are left out.
/// </summary>
public static class FrameProof
{
    /// <summary>Every difference; a remark where a run, or a part of it, was written without keys.</summary>
    public static ImmutableArray<Finding> Check(RunFolder folder)
    {
        try
        {
            return Check(folder, DefinitionsCopy.Read(folder).Experiments);
        }
        catch (Exception e) when (e is HarnessException or FormatException or IOException or UnauthorizedAccessException)
        {
            return [Finding.Fault("raw", $"cannot be compared with the tables: {e.Message.ReplaceLineEndings(" ")}")];
        }
    }

    /// <summary>The same for experiments as they were run.</summary>
    internal static ImmutableArray<Finding> Check(RunFolder folder, ImmutableArray<ExperimentDefinition> experiments) => new Proof(folder, experiments).Run();

    private sealed class Proof(RunFolder folder, ImmutableArray<ExperimentDefinition> experiments)
    {
        private const string Trials = "trials.csv";
        private const string Observations = "observations.csv";

        private readonly ImmutableArray<Finding>.Builder _findings = ImmutableArray.CreateBuilder<Finding>();
        private readonly Dictionary<string, ExperimentDefinition> _experiments = experiments.ToDictionary(experiment => experiment.Id, StringComparer.Ordinal);

        // By trial id: what its frames say. Filled sandbox by sandbox, emptied as the readings go by, so that it holds about as many as ran at a time.
        private readonly Dictionary<string, ImmutableArray<Observation>> _expected = new(StringComparer.Ordinal);
        // Sandboxes of which a reading says that their treatment was contradicted, and rows that rest on that.
        private readonly HashSet<(string Host, string Experiment, string Sandbox)> _contradicted = [];
        private readonly List<TrialRow> _claimed = [];
        private int _withoutKey;

        internal ImmutableArray<Finding> Run()
        {
            var order = PlanFile.Read(folder).Trials.Select((row, index) => (row.TrialId, Index: index)).ToDictionary(StringComparer.Ordinal);
            var rows = RunTables.Trials(folder);
            var sandboxes = rows
                .Where(row => row.Sandbox.Length > 0 && order.ContainsKey(row.TrialId) && Probe(row) is { IsDriven: false })
                .GroupBy(row => (row.HostId, row.Experiment, row.Sandbox))
                .ToDictionary(group => group.Key, group => group.OrderBy(row => order[row.TrialId]).ToImmutableArray());
            CheckRowsWithoutSandbox(rows);
            var sandboxOf = rows.Where(row => row.Sandbox.Length > 0).ToLookup(row => row.TrialId, row => (row.HostId, row.Experiment, row.Sandbox), StringComparer.Ordinal);
            var open = sandboxes.Keys.ToHashSet();
            foreach (var (trial, readings) in Groups())
            {
                foreach (var sandbox in sandboxOf[trial].Where(open.Remove))
                {
                    Read(sandboxes[sandbox]);
                }

                if (readings.Any(row => row.Metric == Treatments.Proof && row.Text.StartsWith(TreatmentState.Contradicted.Text(), StringComparison.Ordinal)))
                {
                    _contradicted.UnionWith(sandboxOf[trial]);
                }

                Compare(trial, readings);
            }

            foreach (var sandbox in open)
            {
                Read(sandboxes[sandbox]);
            }

            foreach (var (trial, readings) in _expected.Where(pair => pair.Value.Length > 0))
            {
                Fault(Observations, trial, $"the frames brought {Number(readings.Length)} readings that are not there");
            }

            foreach (var row in _claimed.Where(row => !_contradicted.Contains((row.HostId, row.Experiment, row.Sandbox))))
            {
                Fault(Trials, row.TrialId, "is broken since its treatment was contradicted, but no reading of its sandbox says so");
            }

            AddRemark(sandboxes.Count);
            return _findings.ToImmutable();
        }

        // Something that was measured has a sandbox, and with that frames; a driver's work has its own.
        private void CheckRowsWithoutSandbox(ImmutableArray<TrialRow> rows)
        {
            foreach (var row in rows.Where(row => row.Sandbox.Length == 0 && Probe(row) is { IsDriven: false } && row.Outcome.IsMeasured()))
            {
                Fault(Trials, row.TrialId, $"says {row.Outcome.Text()}, but names no sandbox whose frames would show it");
            }
        }

        private ProbeDefinition Probe(TrialRow row) =>
            _experiments.GetValueOrDefault(row.Experiment)?.Probes.FirstOrDefault(probe => probe.Id == row.Probe)
            ?? throw new HarnessException($"definitions/{row.Experiment}/experiment.yaml has no probe '{row.Probe}', which trial {row.TrialId} ran");

        private void Read(ImmutableArray<TrialRow> rows)
        {
            var sandbox = rows[0].Sandbox;
            if (!sandbox.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'))
            {
                // A row of a folder from elsewhere must not name a file outside of it.
                Fault(Trials, rows[0].TrialId, "names a sandbox that no run has");
                return;
            }

            var (frames, keyFile) = ($"raw/{sandbox}.{RunFolder.FramesExtension}", Path.Combine(folder.Raw, $"{sandbox}.{RunFolder.KeyExtension}"));
            if (!File.Exists(keyFile))
            {
                _withoutKey++;
                return;
            }

            var path = Path.Combine(folder.Raw, $"{sandbox}.{RunFolder.FramesExtension}");
            if (ChannelKey.FromHex(File.ReadAllText(keyFile).TrimEnd('\n')) is not { } key)
            {
                _findings.Add(Finding.Fault($"raw/{sandbox}.{RunFolder.KeyExtension}", "is not a key of 32 hex digits"));
            }
            else if (!File.Exists(path))
            {
                _findings.Add(Finding.Fault(frames, $"is missing, and {Number(rows.Length)} rows with it have no proof"));
            }
            else
            {
                Compare(rows, FrameReading.Read(path, key, [.. rows.Select(Planned)], _experiments[rows[0].Experiment]));
            }
        }

        private void Compare(ImmutableArray<TrialRow> rows, FrameReading reading)
        {
            for (var index = 0; index < rows.Length; index++)
            {
                if (FrameReading.IsContradicted(rows[index]))
                {
                    _claimed.Add(rows[index]);
                }

                if (reading.Difference(index, rows[index]) is { } difference)
                {
                    Fault(Trials, rows[index].TrialId, $"{difference}{(reading.Error is { IsCutOff: false } error ? $" (raw/{rows[index].Sandbox}.frames: {error.Reason})" : "")}");
                }

                _expected[rows[index].TrialId] = reading.Readings(index, rows[index]);
            }
        }

        private void Compare(string trial, List<Row> rows)
        {
            if (!_expected.Remove(trial, out var said))
            {
                return;
            }

            for (var i = 0; i < said.Length; i++)
            {
                if (i >= rows.Count)
                {
                    Fault(Observations, trial, $"the frames brought {Number(said.Length)} readings, {Number(rows.Count)} are there");
                    return;
                }

                if (Row.Of(said[i]) is var expected && expected != rows[i])
                {
                    Fault(Observations, trial, $"reading {Number(i + 1)} is {rows[i]}, the frames say {expected}");
                    return;
                }
            }

            // A driver or a look from outside may have failed as well as the agent's: that alone both may say.
            var own = said.Select(reading => reading.Metric).Where(metric => metric != ExperimentReader.Unavailable.Id).ToHashSet(StringComparer.Ordinal);
            if (rows.Skip(said.Length).FirstOrDefault(row => own.Contains(row.Metric)) is { Metric: not null } added)
            {
                Fault(Observations, trial, $"{added} is not among what the frames say of {added.Metric}");
            }
        }

        // The readings of a trial follow each other, as it was committed.
        private IEnumerable<(string Trial, List<Row> Rows)> Groups()
        {
            using var reader = CsvReader.FromFile(folder.ObservationsCsv, Csv.ReaderOptions);
            var (trial, rows) = ("", new List<Row>());
            while (reader.Read())
            {
                var id = reader.GetString("trial_id");
                if (id != trial && rows.Count > 0)
                {
                    yield return (trial, rows);
                    rows = [];
                }

                trial = id;
                rows.Add(new Row(reader.GetString("metric"), reader.GetString("subject"), reader.GetString("value"), reader.GetString("text")));
            }

            if (rows.Count > 0)
            {
                yield return (trial, rows);
            }
        }

        private void AddRemark(int sandboxes)
        {
            if (_withoutKey == sandboxes && sandboxes > 0 && RedactionList.IsRedacted(folder))
            {
                _findings.Add(Finding.Remark("raw", "was left out by 'harness export': the rows cannot be proved from the frames"));
            }
            else if (_withoutKey == sandboxes && sandboxes > 0)
            {
                _findings.Add(Finding.Remark("raw", "holds no keys (a run of an earlier version): its rows cannot be proved from its frames"));
            }
            else if (_withoutKey > 0)
            {
                _findings.Add(Finding.Remark("raw", $"holds no key for {Number(_withoutKey)} of {Number(sandboxes)} sandboxes: their rows cannot be proved from their frames"));
            }
        }

        private void Fault(string file, string trial, string message) => _findings.Add(Finding.Fault(file, $"trial {trial}: {message}"));

        private static PlannedTrial Planned(TrialRow row) => new(row.Experiment, Cell.Parse(row.Cell), row.Probe, row.Block, row.Repetition, Warmup: false);

        private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>A reading as the table has it.</summary>
    private readonly record struct Row(string Metric, string Subject, string Value, string Text)
    {
        private const int MostShown = 80;

        internal static Row Of(Observation reading) =>
            new(reading.Metric, reading.Subject, reading.Value?.ToString(CultureInfo.InvariantCulture) ?? "", reading.Text ?? "");

        public override string ToString() =>
            $"{Metric}{(Subject.Length > 0 ? $"[{Subject}]" : "")} = {Core.Running.SandboxText.Shorten(Value.Length > 0 ? Value : $"'{Text}'", MostShown)}";
    }
}
