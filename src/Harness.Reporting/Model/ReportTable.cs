using CsvHelper;
using Harness.Analysis;
using Harness.Analysis.Judging;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Reporting.Model;

namespace Harness.Reporting.Model;

/// <summary>A table that an experiment's definition asks for, with what the run's rows answered.</summary>
/// <param name="Experiment">The experiment's id.</param>
/// <param name="Definition">What was asked.</param>
/// <param name="Content">The answer.</param>
public sealed record ReportTable(string Experiment, TableDefinition Definition, Table Content)
{
    // More rows than that stand in the CSV alone.
    private const int MostRows = 250;

    /// <summary>Asks for an experiment's tables and writes each as <c>tables/&lt;id&gt;.csv</c>. Answers what failed.</summary>
    public static ImmutableArray<AnalysisFailure> WriteAll(
        RunFolder folder, ExperimentDefinition experiment, RunDatabase database, RunFolder target, ImmutableArray<ReportTable>.Builder tables) =>
    [
        .. experiment.Tables
            .Select(table => AnalysisFailure.Of(
                folder, experiment.Id, DerivedPart.Table,
                () =>
                {
                    var made = Read(experiment, table, database);
                    made.WriteCsv(target);
                    tables.Add(made);
                },
                table.Id))
            .OfType<AnalysisFailure>(),
    ];

    /// <summary>Asks for one.</summary>
    public static ReportTable Read(ExperimentDefinition experiment, TableDefinition table, RunDatabase database) =>
        new(experiment.Id, table, database.Query(table.Sql, $"definitions/{experiment.Id}/experiment.yaml, table {table.Id}"));

    /// <summary>As both reports have it.</summary>
    public TableReport Report() => new(
        Definition.Id, Definition.Title, Definition.Caption.TrimEnd(),
        new Block.Grid(
            Definition.Title, [.. Content.Columns.Select(column => new Column(column.Replace('_', ' ')))],
            [.. Content.Rows.Take(MostRows).Select(row => row.Select(value => (Passage)(value ?? "")).ToImmutableArray())]),
        Math.Max(0, Content.Rows.Length - MostRows));

    private void WriteCsv(RunFolder target)
    {
        Directory.CreateDirectory(target.Tables);
        using var writer = CsvWriter.ToFile(Path.Combine(target.Tables, Definition.Id + ".csv"), Csv.WriterOptions);
        writer.WriteHeader(Content.Columns.AsSpan());
        foreach (var row in Content.Rows)
        {
            foreach (var value in row)
            {
                writer.WriteField(value);
            }

            writer.EndRecord();
        }
    }
}
